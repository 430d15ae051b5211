//! `template`: a file rendered from a template of the controller.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Controller;
use crate::Destination;
use crate::Encoding;
use crate::FileArguments;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::TemplateOptions;
use crate::Text;
use crate::Validation;
use crate::files;
use crate::files::Delivery;
use crate::files::NewFile;
use crate::files::Target;

words! {
    /// What ends a line.
    pub enum Newline {
        /// A line feed.
        Lf = "\\n" | "\n",
        /// A carriage return.
        Cr = "\\r" | "\r",
        /// Both.
        CrLf = "\\r\\n" | "\r\n",
    }
}

arguments! {
    /// Renders a template to a file.
    pub struct Template {
        /// The template, looked for in the role's `templates/`, then beside the playbook.
        src: Text,
        /// Where to: a file, or a folder, which gets the name of `src`.
        dest: Destination,
        /// Keeps the old file beside the new one, with the time in its name.
        backup: bool = false,
        /// The mark that begins a block.
        block_start_string: String = "{%".to_owned(),
        /// The mark that ends a block.
        block_end_string: String = "%}".to_owned(),
        /// The mark that begins a value.
        variable_start_string: String = "{{".to_owned(),
        /// The mark that ends a value.
        variable_end_string: String = "}}".to_owned(),
        /// The mark that begins a comment.
        comment_start_string: String = "{#".to_owned(),
        /// The mark that ends a comment.
        comment_end_string: String = "#}".to_owned(),
        /// Follows a link at the destination.
        follow: bool = false,
        /// Replaces a file that differs; when false, only a missing file is written.
        force: bool = true,
        /// Removes the blanks before a block.
        lstrip_blocks: bool = false,
        /// Removes the newline after a block.
        trim_blocks: bool = true,
        /// What ends the lines of the file.
        newline_sequence: Newline = Newline::Lf,
        /// How characters become bytes.
        output_encoding: Encoding = Encoding::default(),
        /// A command that must accept the new file before it replaces the old one; `%s` is the file's path.
        validate: Option<Validation>;
        ..file: FileArguments;
        /// The rendered bytes; unknown when a part of them is known only after apply.
        rendered: Option<Known<Arc<[u8]>>>,
        /// Whether they must not be shown.
        secret: bool,
        /// The permissions of the template, where they are to be kept.
        source_mode: Option<u32>,
        /// What is appended to the name of a backup.
        suffix: Option<String>,
        /// Whether the result says what was before and after.
        diff: bool,
    }
}

/// What was seen of the destination.
#[derive(Debug)]
pub struct Seen {
    target: Target,
    file: FileArguments,
}

impl Template {
    fn options(&self) -> TemplateOptions {
        let newline = match self.newline_sequence {
            Newline::Lf => "\n",
            Newline::Cr => "\r",
            Newline::CrLf => "\r\n",
        };
        TemplateOptions {
            trim_blocks: self.trim_blocks,
            lstrip_blocks: self.lstrip_blocks,
            newline_sequence: newline.to_owned(),
            marks: [
                &self.block_start_string,
                &self.block_end_string,
                &self.variable_start_string,
                &self.variable_end_string,
                &self.comment_start_string,
                &self.comment_end_string,
            ]
            .map(String::clone),
        }
    }

    fn encode(&self, text: &str) -> std::result::Result<Arc<[u8]>, Problem> {
        let wrong = |why| Problem::error("task::encoding", why).at(&self.src.place, "this template");
        self.output_encoding.encode(text).map(Arc::from).map_err(wrong)
    }

    fn delivery<'a>(&'a self, file: &'a FileArguments) -> Delivery<'a> {
        Delivery {
            dest: &self.dest,
            name: self.src.text.rsplit('/').next(),
            follow: self.follow,
            force: self.force,
            file,
            directory_mode: None,
        }
    }

    fn bytes(&self) -> Known<&Arc<[u8]>> {
        self.rendered.as_ref().map_or_else(|| Known::unknown("rendering the template"), Known::as_ref)
    }
}

impl TaskType for Template {
    const NAME: &'static str = "template";
    const ABOUT: &'static str = "Renders a template to a file.";
    const EXAMPLE: &'static str = "- name: Configure HAProxy\n  ansible.builtin.template:\n    src: haproxy.cfg.j2\n    dest: /etc/haproxy/haproxy.cfg\n    mode: \"0644\"\n    validate: haproxy -c -f %s\n  notify: Reload HAProxy\n";
    type Seen = Seen;

    arguments_of!();

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        let slash = if self.dest.is_folder { "/" } else { "" };
        let dest = format!("{}{slash}", self.dest.path);
        let rendered = controller.template_to(&self.src, &self.options(), &dest)?;
        self.secret = rendered.secret;
        self.rendered = Some(match rendered.value {
            Known::Is(text) => Known::Is(self.encode(&text)?),
            Known::Unknown(why) => Known::Unknown(why),
        });
        if self.file.mode == Some(Mode::Preserve) {
            self.source_mode = Some(controller.permissions(&self.src, true)?);
        }
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        self.diff = controller.diff();
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        self.delivery(&self.file).wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let file = self.file.with_source_mode(self.source_mode);
        Ok(Seen { target: self.delivery(&file).observe(on)?, file })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let content = match self.bytes() {
            Known::Is(bytes) => Arc::clone(bytes),
            Known::Unknown(why) => return Ok(files::unknown_content(&seen.target, self.force, &why)),
        };
        let new = NewFile {
            content,
            secret: self.secret,
            file: &seen.file,
            validate: self.validate.as_ref(),
            backup: self.suffix.as_deref(),
        };
        self.delivery(&seen.file).plan(&seen.target, &new)
    }

    fn then(&self, seen: &Seen, plan: &Plan) -> Vec<Want> {
        if plan.changes.is_empty() { Vec::new() } else { seen.target.then() }
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        returned.insert("src".to_owned(), Known::Is(json!(self.src.text)));
        returned.insert("dest".to_owned(), Known::Is(json!(seen.target.path.as_str())));
        returned.insert("checksum".to_owned(), self.bytes().map(|bytes| json!(files::sha1(bytes))));
        returned.insert("md5sum".to_owned(), self.bytes().map(|bytes| json!(files::md5(bytes))));
        files::entry_keys(&mut returned, &seen.target, plan, outputs.answer(0));
        if self.diff {
            files::diff_key(&mut returned, plan, &seen.target);
        }
        files::backup_key(&mut returned, plan);
        returned
    }
}
