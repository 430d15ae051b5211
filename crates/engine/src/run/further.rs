//! Playbooks that follow others in the same run.

use evenkeel_playbook::play::Further;
use evenkeel_yaml::Problem;

use super::Run;
use crate::EventKind;
use crate::stream::Stream;

impl Run {
    /// Begins the playbooks whose first play this is; `false` when a host is out by then: as with Ansible, the playbooks
    /// that follow are not run.
    pub(super) fn begin_further(&self, number: usize, stream: &mut Stream<'_>) -> Result<bool, Problem> {
        let mut plays = self.playbook.books().into_iter().skip(1);
        for further in &self.playbook.further {
            let plays = plays.next().map_or(0, |plays| plays.len());
            if further.first != number {
                continue;
            }
            if self.world.crowd.everyone().iter().any(|host| !host.is_in_run()) {
                let text = format!(
                    "not run, because hosts failed before it: {}",
                    further.path.display()
                );
                stream.send(EventKind::Note { text });
                return Ok(false);
            }
            self.turn_to(further, stream)?;
            stream.send(EventKind::PlaybookStarted {
                path: further.path.display().to_string(),
                plays,
                recap: stream.recap.clone(),
            });
        }
        Ok(true)
    }

    /// Takes the variables beside a playbook, secrets among which are never shown.
    fn turn_to(&self, further: &Further, stream: &mut Stream<'_>) -> Result<(), Problem> {
        let folder = Some(further.folder.as_path()).filter(|folder| *folder != self.playbook.folder);
        self.world.turn_to(folder)?;
        for host in self.world.crowd.everyone() {
            let inventory = host.inventory();
            stream.redactor.add_scope(inventory.as_ref(), &self.world.templar);
        }
        Ok(())
    }
}
