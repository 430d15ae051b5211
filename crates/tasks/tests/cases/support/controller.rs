//! The controller of a case.

use evenkeel_host::Known;
use evenkeel_tasks::Controller;
use evenkeel_tasks::Local;
use evenkeel_tasks::LocalEntry;
use evenkeel_tasks::Rendered;
use evenkeel_tasks::TemplateOptions;
use evenkeel_tasks::Text;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use serde_json::Value;

/// What a case says under `controller:`.
pub(crate) struct Described<'a>(pub(crate) &'a Value);

fn missing(what: &str, text: &Text) -> Problem {
    Problem::error("case::missing", format!("there is no {what} `{text}`")).at(&text.place, "named here")
}

fn known(value: &Value) -> Known<Value> {
    match value["unknown"].as_str() {
        Some(why) => Known::unknown(why),
        None => Known::Is(value.clone()),
    }
}

impl Described<'_> {
    fn evaluate(&self, expression: &Node) -> Result<Known<Value>, Problem> {
        let text = expression
            .as_str()
            .map_or_else(|| format!("{:?}", expression.value), str::to_owned);
        self.0["expressions"].get(&text).map(known).ok_or_else(|| {
            Problem::error("template::undefined", format!("`{text}` is undefined"))
                .at(&expression.place, "here")
        })
    }
}

impl Controller for Described<'_> {
    fn file(&mut self, source: &Text) -> Result<Rendered<Vec<u8>>, Problem> {
        let text = self.0["files"][&source.text]
            .as_str()
            .ok_or_else(|| missing("file", source))?;
        Ok(Rendered {
            value: Known::Is(text.as_bytes().to_vec()),
            secret: false,
        })
    }

    fn tree(&mut self, source: &Text) -> Result<Vec<(String, Vec<u8>)>, Problem> {
        let folder = format!("{}/", source.text.trim_end_matches('/'));
        let files = self.0["files"].as_object().into_iter().flatten();
        let below: Vec<(String, Vec<u8>)> = files
            .filter_map(|(path, text)| {
                let text = text.as_str().unwrap_or("").as_bytes().to_vec();
                path.strip_prefix(&folder).map(|path| (path.to_owned(), text))
            })
            .collect();
        if below.is_empty() {
            Err(missing("folder", source))
        } else {
            Ok(below)
        }
    }

    fn template(&mut self, source: &Text, _options: &TemplateOptions) -> Result<Rendered<String>, Problem> {
        let found = self.0["templates"]
            .get(&source.text)
            .ok_or_else(|| missing("template", source))?;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Ok(match (&found["secret"], known(found)) {
            (Value::String(secret), _) => Rendered {
                value: Known::Is(secret.clone()),
                secret: true,
            },
            (_, Known::Is(found)) => Rendered {
                value: Known::Is(text(&found)),
                secret: false,
            },
            (_, Known::Unknown(why)) => Rendered {
                value: Known::Unknown(why),
                secret: false,
            },
        })
    }

    fn permissions(&mut self, source: &Text, _is_template: bool) -> Result<u32, Problem> {
        let mode = self.0["permissions"][&source.text]
            .as_str()
            .ok_or_else(|| missing("mode of", source))?;
        Ok(u32::from_str_radix(mode, 8).unwrap())
    }

    fn is_secret(&self, argument: &str) -> bool {
        self.0["secrets"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|name| name == argument)
    }

    fn expression(&mut self, expression: &Node) -> Result<Rendered<Value>, Problem> {
        Ok(Rendered {
            value: self.evaluate(expression)?,
            secret: false,
        })
    }

    fn condition(&mut self, expression: &Node) -> Result<Rendered<bool>, Problem> {
        Ok(Rendered {
            value: self.evaluate(expression)?.map(|value| value.as_bool().unwrap()),
            secret: false,
        })
    }

    fn verbosity(&self) -> u8 {
        u8::try_from(self.0["verbosity"].as_u64().unwrap_or(0)).unwrap()
    }

    /// `local:` names what is there: texts, or `{}` for a folder; relative paths are below `/project`.
    fn local(&mut self, path: &Text) -> Result<Local, Problem> {
        let path = std::path::Path::new("/project").join(&path.text);
        let entry = match &self.0["local"][path.to_str().unwrap()] {
            Value::Null => LocalEntry::Nothing,
            Value::String(text) => LocalEntry::File(text.as_bytes().into()),
            _ => LocalEntry::Folder,
        };
        Ok(Local { path, entry })
    }

    fn diff(&self) -> bool {
        self.0["diff"] == true
    }

    fn host(&self) -> String {
        "master1".to_owned()
    }

    fn now(&self) -> (i64, u32) {
        (1_706_702_400, 4242)
    }
}
