//! All installed packages, as Ansible's `package_facts` tells of them.

use std::collections::HashMap;

use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Which packages are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Those of dpkg.
    Apt,
    /// Those of rpm.
    Rpm,
}

/// The installed packages: name to a list of dictionaries; `None` where there is no such manager.
#[derive(Clone, Debug)]
pub struct PackageList(pub Kind);

/// Status, name, name with architecture where that is not the machine's own, version, architecture and section of each
/// package; then what apt knows of their sources.
const APT: &str = r"command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 0
export LC_ALL=C
echo '== apt'
dpkg-query -W -f '${db:Status-Abbrev}\t${Package}\t${binary:Package}\t${Version}\t${Architecture}\t${Section}\n'
echo '== native'; dpkg --print-architecture
echo '== releases'; apt-cache policy
echo '== sources'; dpkg-query -W -f '${db:Status-Abbrev} ${binary:Package}\n' | sed -n 's/^.i. //p' | xargs apt-cache policy
";

const RPM: &str = r"command -v rpm >/dev/null || exit 0
echo '== rpm'
LC_ALL=C rpm -qa --qf '%{NAME}\t%{VERSION}\t%{RELEASE}\t%{EPOCH}\t%{ARCH}\n'
";

fn section<'a>(text: &'a str, title: &str) -> Option<impl Iterator<Item = &'a str>> {
    let head = format!("== {title}\n");
    let start = match text.starts_with(&head) {
        true => 0,
        false => text.find(&format!("\n{head}"))? + 1,
    };
    let rest = text.get(start + head.len()..)?;
    Some(rest.lines().take_while(|line| !line.starts_with("== ")))
}

/// `500 http://deb.debian.org/debian bookworm/main amd64 Packages` and, under it, `release v=12,o=Debian,...`: the
/// origin of each source.
fn origins(text: &str) -> HashMap<String, String> {
    let mut origins = HashMap::new();
    let mut source = String::new();
    for line in section(text, "releases").into_iter().flatten() {
        let line = line.trim();
        if let Some(release) = line.strip_prefix("release ") {
            let origin = release.split(',').find_map(|part| part.strip_prefix("o="));
            origins.insert(source.clone(), origin.unwrap_or("").to_owned());
        } else if let Some((number, rest)) = line.split_once(' ')
            && number.parse::<i32>().is_ok()
        {
            source = rest.trim().to_owned();
        }
    }
    origins
}

/// The origin of each installed package's version: that of the first source that has it.
fn origin_of(text: &str) -> HashMap<String, String> {
    let origins = origins(text);
    let mut found: HashMap<String, String> = HashMap::new();
    let (mut name, mut installed) = ("", false);
    for line in section(text, "sources").into_iter().flatten() {
        if !line.starts_with(' ') {
            (name, installed) = (line.trim_end_matches(':'), false);
        } else if line.starts_with(" *** ") {
            installed = true;
        } else if line.starts_with("     ") && !line.starts_with("      ") {
            installed = false;
        } else if let (true, Some((_, source))) = (installed, line.trim().split_once(' ')) {
            let origin = origins.get(source.trim()).cloned().unwrap_or_default();
            found.entry(name.to_owned()).or_insert(origin);
        }
    }
    found
}

fn of_dpkg(text: &str) -> Option<Map<String, Value>> {
    let lines = section(text, "apt")?;
    let origins = origin_of(text);
    let mut all = Map::new();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[status, name, full, version, architecture, category] = fields.as_slice() else {
            continue;
        };
        if status.get(1..2) != Some("i") {
            continue;
        }
        let native = section(text, "native").and_then(|mut lines| lines.next());
        let is_own = architecture == "all" || Some(architecture) == native;
        let key = if is_own { name } else { full };
        let origin = origins.get(full).or(origins.get(name)).map_or("", String::as_str);
        add(
            &mut all,
            key,
            json!({
                "name": key, "version": version, "arch": architecture, "category": category, "origin": origin,
                "source": "apt",
            }),
        );
    }
    Some(all)
}

fn of_rpm(text: &str) -> Option<Map<String, Value>> {
    let mut all = Map::new();
    for line in section(text, "rpm")? {
        let fields: Vec<&str> = line.split('\t').collect();
        let none = |text: &'_ str| {
            if text == "(none)" {
                "None".to_owned()
            } else {
                text.to_owned()
            }
        };
        let &[name, version, release, epoch, architecture] = fields.as_slice() else {
            continue;
        };
        add(
            &mut all,
            name,
            json!({
                "name": name, "version": version, "release": release, "epoch": none(epoch),
                "arch": none(architecture), "source": "rpm",
            }),
        );
    }
    Some(all)
}

fn add(all: &mut Map<String, Value>, key: &str, package: Value) {
    let known = all.entry(key).or_insert_with(|| json!([]));
    if let Value::Array(known) = known {
        known.push(package);
    }
}

impl Fact for PackageList {
    type Value = Option<Map<String, Value>>;
    const FAMILY: &'static str = "package-list";

    fn key(&self) -> String {
        match self.0 {
            Kind::Apt => "apt",
            Kind::Rpm => "rpm",
        }
        .to_owned()
    }

    /// For dpkg six forks, of which `apt-cache policy` of all packages takes the time: it alone knows the origins.
    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| match *key {
            "apt" => format!("( {APT} )\n"),
            _ => format!("( {RPM} )\n"),
        });
        each.collect::<String>() + "exit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        let text = output.text();
        Ok(match self.0 {
            Kind::Apt => of_dpkg(&text),
            Kind::Rpm => of_rpm(&text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str) -> Option<Value> {
        let output = Output {
            stdout: text.into(),
            ..Output::default()
        };
        PackageList(kind)
            .parse(&output)
            .expect("a list")
            .map(Value::Object)
    }

    #[test]
    fn packages_of_dpkg_with_their_origin() {
        let text = "== apt\nii \tbash\tbash\t5.2.15-2+b8\tamd64\tshells\nrc \tgone\tgone\t1\tamd64\tnet\n\
            hi \tlibc6\tlibc6:i386\t2.36\ti386\tlibs\nii \town\town\t1.0\tall\tmisc\n== native\namd64\n== releases\n\
            Package files:\n 100 /var/lib/dpkg/status\n     release a=now\n \
            500 http://deb.debian.org/debian bookworm/main amd64 Packages\n     \
            release v=12.11,o=Debian,a=stable,n=bookworm,l=Debian,c=main,b=amd64\n     origin deb.debian.org\n\
            Pinned packages:\n== sources\nbash:\n  Installed: 5.2.15-2+b8\n  Candidate: 5.2.15-2+b8\n  \
            Version table:\n *** 5.2.15-2+b8 500\n        \
            500 http://deb.debian.org/debian bookworm/main amd64 Packages\n        100 /var/lib/dpkg/status\n\
            own:\n  Installed: 1.0\n  Version table:\n *** 1.0 100\n        100 /var/lib/dpkg/status\n";
        let packages = read(Kind::Apt, text).expect("dpkg is there");
        assert_eq!(
            packages["bash"],
            json!([{
                "name": "bash", "version": "5.2.15-2+b8", "arch": "amd64", "category": "shells", "origin": "Debian",
                "source": "apt",
            }])
        );
        assert_eq!(packages["own"][0]["origin"], json!(""));
        assert_eq!(packages["libc6:i386"][0]["arch"], json!("i386"));
        assert!(packages.get("gone").is_none());
        assert_eq!(read(Kind::Rpm, text), None);
    }

    #[test]
    fn packages_of_rpm() {
        let text =
            "== rpm\nkernel\t5.14.0\t362.8.1.el9\t(none)\tx86_64\nkernel\t5.14.0\t427.el9\t(none)\tx86_64\n";
        let packages = read(Kind::Rpm, text).expect("rpm is there");
        assert_eq!(packages["kernel"].as_array().map(Vec::len), Some(2));
        assert_eq!(packages["kernel"][0]["epoch"], json!("None"));
    }
}
