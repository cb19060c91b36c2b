//! Shows diagnostics to people and to programs.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use super::Loaded;
use super::diagnostic::{Diagnostic, Severity};
use super::source::{Place, Sources};

/// All diagnostics as a compiler shows them, each followed by an empty line. `styled` adds colours.
pub fn human(loaded: &Loaded, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let shown: Vec<String> = loaded.sources.0.iter().map(|source| source.shown()).collect();
    let one = |d: &Diagnostic| renderer.render(&[report(d, &loaded.sources, &shown)]) + "\n\n";
    loaded.diagnostics.iter().map(one).collect()
}

/// `2 problems: 1 error, 1 warning`, or that there is none.
pub fn summary(loaded: &Loaded) -> String {
    let count = |severity| loaded.diagnostics.iter().filter(|d| d.severity() == severity).count();
    let word = |n: usize, name: &str| format!("{n} {name}{}", if n == 1 { "" } else { "s" });
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => format!("{}: valid, no problems", loaded.name),
        (n, 0) => format!("{}: {}", word(n, "problem"), word(n, "error")),
        (0, n) => format!("{}: {}; the configuration is valid", word(n, "problem"), word(n, "warning")),
        (e, w) => format!("{}: {}, {}", word(e + w, "problem"), word(e, "error"), word(w, "warning")),
    }
}

fn report<'s>(diagnostic: &'s Diagnostic, sources: &'s Sources, shown: &'s [String]) -> Group<'s> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.code.text()));
    let mut files: Vec<usize> = diagnostic.place.iter().map(|place| place.file).collect();
    files.extend(diagnostic.related.iter().map(|(place, _)| place.file));
    let mut seen = Vec::new();
    for file in files {
        if !seen.contains(&file) && file < shown.len() {
            seen.push(file);
            group = group.element(snippet(diagnostic, file, sources, shown));
        }
    }
    if let Some(place) = seen.first().and_then(|file| sources.0.get(*file)).and_then(|source| source.included) {
        group = group.element(Level::NOTE.message(format!("included from {}", sources.describe(place))));
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

fn snippet<'s>(
    diagnostic: &'s Diagnostic,
    file: usize,
    sources: &'s Sources,
    shown: &'s [String],
) -> Snippet<'s, Annotation<'s>> {
    let text = &shown[file];
    let span = |place: Place| place.start.min(text.len())..place.end.min(text.len());
    let mut snippet = Snippet::source(text).path(&sources.0[file].name);
    if let Some(place) = diagnostic.place.filter(|place| place.file == file) {
        let mark = AnnotationKind::Primary.span(span(place));
        snippet = snippet.annotation(mark.label(diagnostic.expected.as_deref()));
    }
    for (place, word) in diagnostic.related.iter().filter(|(place, _)| place.file == file) {
        snippet = snippet.annotation(AnnotationKind::Context.span(span(*place)).label(word));
    }
    snippet
}

#[derive(Serialize)]
struct Answer<'s, M: ?Sized> {
    valid: bool,
    diagnostics: Vec<Line<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<&'s M>,
}

#[derive(Serialize)]
struct Line<'s> {
    severity: &'static str,
    code: &'static str,
    file: &'s str,
    line: Option<usize>,
    column: Option<usize>,
    end_column: Option<usize>,
    message: &'s str,
    help: Option<String>,
    nearest: Option<&'s str>,
}

/// One JSON object: `{"valid":…,"diagnostics":[…]}`. Lines and columns count from 1, in characters.
pub fn json(loaded: &Loaded) -> String {
    json_with::<()>(loaded, None)
}

/// The same with what messages look like, under `messages`.
pub fn json_with<M: Serialize + ?Sized>(loaded: &Loaded, messages: Option<&M>) -> String {
    let diagnostics = loaded.diagnostics.iter().map(|d| line(d, loaded)).collect();
    let answer = Answer { valid: loaded.config.is_some(), diagnostics, messages };
    serde_json::to_string(&answer).unwrap_or_default()
}

fn line<'s>(diagnostic: &'s Diagnostic, loaded: &'s Loaded) -> Line<'s> {
    let at = diagnostic.place.and_then(|place| loaded.sources.position(place));
    let source = diagnostic.place.and_then(|place| loaded.sources.get(place));
    let mut help: Vec<String> = diagnostic.expected.iter().chain(&diagnostic.help).cloned().collect();
    help.extend(diagnostic.related.iter().map(|(place, word)| format!("{word}: {}", loaded.sources.describe(*place))));
    Line {
        severity: diagnostic.severity().name(),
        code: diagnostic.code.text(),
        file: source.map_or(&loaded.name, |source| &source.name),
        line: at.map(|at| at.line),
        column: at.map(|at| at.column),
        end_column: at.map(|at| at.end_column),
        message: &diagnostic.message,
        help: (!help.is_empty()).then(|| help.join("; ")),
        nearest: diagnostic.nearest.as_deref(),
    }
}
