//! The arguments that every task type has that makes files.

use crate::Mode;

arguments! {
    /// Owner, group, permissions and what else a file has besides its content.
    pub struct FileArguments {
        /// The permissions: octal in quotes (`"0644"`), or symbols (`u=rw,g=r`). When not given, those of a new file
        /// are what the login's umask leaves. `preserve` takes those of the source.
        mode: Option<Mode>,
        /// Name or number of the owner.
        owner: Option<String>,
        /// Name or number of the group.
        group: Option<String>,
        /// The user part of the SELinux context.
        seuser: Option<String>,
        /// The role part of the SELinux context.
        serole: Option<String>,
        /// The type part of the SELinux context.
        setype: Option<String>,
        /// The level part of the SELinux context.
        selevel: Option<String>,
        /// Flags as `chattr` takes them: `+i`, `-a`, `=e`; without a sign they are set exactly.
        attributes | "attr": Option<String>,
        /// Writes into the existing file instead of replacing it, for files that are mount points.
        unsafe_writes: bool = false,
    }
}

impl FileArguments {
    /// These permissions, and nothing else.
    pub fn of_mode(mode: Option<Mode>) -> FileArguments {
        FileArguments {
            mode,
            owner: None,
            group: None,
            seuser: None,
            serole: None,
            setype: None,
            selevel: None,
            attributes: None,
            unsafe_writes: false,
        }
    }
}
