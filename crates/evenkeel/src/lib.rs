//! Brings Linux machines to a described state and keeps them there.
//!
//! This is the crate to embed: [`Project`] reads an inventory and a playbook (or generates the one that the inventory's
//! cluster needs), [`Loaded::run`] lays out a [`Run`], and [`Run::walk`] forecasts it or makes it, handing out typed
//! [`Event`]s in one order. The library prints nothing, reads no environment and no home folder, and never exits.
//!
//! ```
//! use evenkeel::{Mode, Options, Project, Simulated};
//! use std::sync::Arc;
//!
//! let files = evenkeel::Memory::default()
//!     .with("hosts.ini", "web1\nweb2\n")
//!     .with("site.yml", "- hosts: all\n  tasks:\n    - ansible.builtin.copy: {content: hi, dest: /etc/motd}\n");
//! let project = Project::new(Arc::new(files)).inventory("hosts.ini").playbook("site.yml");
//! let loaded = project.load().unwrap();
//! let mut run = loaded.run(Arc::new(Simulated::debian12()), Options::default()).unwrap();
//! let recap = run.walk(Mode::Plan, &mut |_event| true).unwrap();
//! assert_eq!(recap.hosts["web1"].changed, 1);
//! ```
#![forbid(unsafe_code)]

mod certificates;
mod checks;
mod connect;
mod described;
mod explain;
mod generate;
mod loaded;
mod no_cluster;
mod overlay;
mod project;
mod unknown_tags;
mod verify;

pub use connect::Client;
pub use connect::Reach;
pub use connect::ReachOptions;
pub use connect::Simulated;
pub use evenkeel_certs as certs;
pub use evenkeel_engine::Connect;
pub use evenkeel_engine::Counts;
pub use evenkeel_engine::Custom;
pub use evenkeel_engine::Event;
pub use evenkeel_engine::EventKind;
pub use evenkeel_engine::Failure;
pub use evenkeel_engine::Location;
pub use evenkeel_engine::Mode;
pub use evenkeel_engine::Options;
pub use evenkeel_engine::Outcome;
pub use evenkeel_engine::Person;
pub use evenkeel_engine::Recap;
pub use evenkeel_engine::Reply;
pub use evenkeel_engine::Run;
pub use evenkeel_engine::SCHEMA;
pub use evenkeel_engine::Selected;
pub use evenkeel_engine::ShownChange;
pub use evenkeel_engine::Status;
pub use evenkeel_engine::Target;
pub use evenkeel_engine::TaskRef;
pub use evenkeel_engine::selected as tags_select;
pub use evenkeel_engine::unified as unified_diff;
pub use evenkeel_host as host;
pub use evenkeel_host::Secret;
pub use evenkeel_playbook as playbook;
pub use evenkeel_playbook::Disk;
pub use evenkeel_playbook::Draft;
pub use evenkeel_playbook::Files;
pub use evenkeel_playbook::Memory;
pub use evenkeel_roles as roles;
pub use evenkeel_tasks as tasks;
pub use evenkeel_topology as topology;
pub use evenkeel_yaml as yaml;
pub use evenkeel_yaml::Place;
pub use evenkeel_yaml::Problem;
pub use evenkeel_yaml::Severity;
pub use evenkeel_yaml::Source;
pub use explain::Computed;
pub use explain::Explained;
pub use explain::RoleDefault;
pub use generate::Difference;
pub use generate::differences;
pub use generate::generate;
pub use generate::write as write_generated;
pub use loaded::Loaded;
pub use overlay::Overlay;
pub use project::Project;
pub use verify::Checked;
pub use verify::Lost;
pub use verify::State;
pub use verify::Verified;
pub use verify::VerifiedHost;
pub use verify::Verifier;
pub use verify::VirtualAddress;
pub use verify::verify;
