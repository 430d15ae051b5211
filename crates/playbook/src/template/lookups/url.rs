//! `url`: what servers answer the controller's curl(1).

use evenkeel_tasks::HttpRequest;
use minijinja::Error;
use minijinja::Value;

use super::Request;
use crate::template::python;

/// What curl ends with when the server refuses.
const REFUSED: i32 = 22;

/// The lines of each answer, or each answer whole.
pub(super) fn answers(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let lines = request.flag("split_lines", true)?;
    let mut found = Vec::new();
    for url in request.texts()? {
        let text = answer(request, &url)?;
        match lines {
            true => found.extend(text.lines().map(Value::from)),
            false => found.push(Value::from(text)),
        }
    }
    Ok(found)
}

fn answer(request: &Request<'_>, url: &str) -> Result<String, Error> {
    let Some(programs) = &request.templar().settings().programs else {
        return Err(request.error("is not supported here: it would ask the network on the controller"));
    };
    let configuration = configuration(request, url)?;
    let output = programs
        .exec("exec curl -q -fsS -K -", configuration.as_bytes(), None)
        .map_err(|error| request.error(format!("curl cannot be run: {error}")))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.trim_end().lines().last().unwrap_or_default();
    let url = without_login(url);
    match output.code {
        0 => String::from_utf8(output.stdout)
            .map_err(|_| request.error(format!("what {url} answers is no UTF-8 text"))),
        127 => Err(request.error("curl is not on the controller: install it")),
        REFUSED => Err(request.error(format!("Received HTTP error for {url}: {told}"))),
        _ => Err(request.error(format!("Failed lookup url for {url}: {told}"))),
    }
}

/// The options of Ansible's lookup, as curl reads them.
fn configuration(request: &Request<'_>, url: &str) -> Result<String, Error> {
    let text = |name: &str| request.option(name).map(python::text).transpose();
    let texts = |name: &str| {
        let items = request.option(name).map_or(Ok(Vec::new()), python::items)?;
        items.iter().map(python::text).collect::<Result<Vec<_>, _>>()
    };
    let headers = request
        .option("headers")
        .map_or(Ok(Vec::new()), python::entries)?;
    let pair = |(name, value): &(Value, Value)| Ok((python::text(name)?, python::text(value)?));
    let headers = headers.iter().map(pair).collect::<Result<Vec<_>, Error>>()?;
    let timeout = request.option("timeout").and_then(python::number);
    let [user, password, authority] = [text("username")?, text("password")?, text("ca_path")?];
    let [socket, agent, follow] = [
        text("unix_socket")?,
        text("http_agent")?,
        text("follow_redirects")?,
    ];
    let request = HttpRequest {
        url,
        headers: &headers,
        user: user.as_deref(),
        password: password.as_deref(),
        basic: request.flag("force_basic_auth", false)?,
        gssapi: request.flag("use_gssapi", false)?,
        timeout: timeout.map_or(10, |seconds| seconds.float().ceil() as i64),
        verify: request.flag("validate_certs", true)?,
        authority: authority.as_deref(),
        ciphers: &texts("ciphers")?,
        agent: agent.as_deref().unwrap_or("ansible-httpget"),
        proxy: request.flag("use_proxy", true)?,
        netrc: request.flag("use_netrc", true)?,
        follow: !matches!(follow.as_deref(), Some("none" | "no" | "False")),
        socket: socket.as_deref(),
        fresh: request.flag("force", false)?,
        ..HttpRequest::default()
    };
    Ok(request.curl())
}

/// The URL as it may be shown.
fn without_login(url: &str) -> String {
    let shown = |(scheme, rest): (&str, &str)| {
        let end = rest.find('/').unwrap_or(rest.len());
        let host = rest.get(..end)?.rsplit_once('@')?.1;
        Some(format!("{scheme}://{host}{}", rest.get(end..)?))
    };
    url.split_once("://")
        .and_then(shown)
        .unwrap_or_else(|| url.to_owned())
}
