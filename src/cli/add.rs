//! `tempo add`: a new task with its schedules.

mod new;

use std::io::Write as _;
use std::path::Path;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, FromArgMatches};

use super::json::TaskJson;
use super::{CliError, Context, Result};
use crate::config::templates;
use crate::domain::change::By;
use crate::domain::cron::{CronError, CronExpr};
use crate::domain::field::{self, FIELDS, Field};
use crate::domain::name::slug;
use crate::domain::options::OPTIONS;
use crate::domain::rule::{self, Rule};
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Status, Work};
use crate::domain::when::When;
use crate::store::changes::{Step, Wish};
use crate::store::texts::{self, Zone};

/// What is to be added.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What people call it; its slug is made from it
    name: String,
    /// Make a script in a folder of its own: python, shell, or a template; prints its path, too
    #[arg(long, value_name = "python|shell|TEMPLATE", help_heading = "What")]
    new: Option<String>,
    #[command(flatten)]
    fields: FieldFlags,
    #[command(flatten)]
    when: WhenFlags,
}

/// When it is to run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "When (any mix, repeatable)")]
struct WhenFlags {
    /// In words or any other form that has one: "weekdays at 7:30", "every 10m missed=all"
    #[arg(long, value_name = "RULE")]
    when: Vec<String>,
    /// By the calendar: five crontab fields, six with seconds first, or @daily
    #[arg(long, value_name = "EXPR")]
    cron: Vec<String>,
    /// Every so often
    #[arg(long, value_name = "DUR")]
    every: Vec<String>,
    /// Once
    #[arg(long, value_name = "TIME")]
    at: Vec<String>,
    /// Once after each boot, when the engine first starts
    #[arg(long)]
    startup: bool,
    /// The zone in which these are meant; the machine's when none is said
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    #[command(flatten)]
    options: OptionFlags,
}

impl WhenFlags {
    fn read(&self, task: Spread, context: &field::Context, cx: &Context) -> std::result::Result<Vec<Wish>, String> {
        let zone = match &self.tz {
            Some(name) => Zone::named(name)?,
            None => cx.local_zone(),
        };
        // Each can be followed by options of its own.
        let parse = |text: &str| Rule::parse_for(task, text, &zone.rules, cx.now, &context.folder);
        let mut rules = Vec::new();
        for text in &self.cron {
            let (when, words) = rule::split(text);
            // Nicknames such as @reboot are schedules of other kinds.
            let parsed = if when.trim_start().starts_with('@') {
                parse(text).map_err(|e| e.to_string())
            } else {
                let wrong = |e: CronError| match When::parse_for(task, when, &zone.rules, cx.now) {
                    Ok(_) => format!("{e}; this is another form: write --when '{}'", text.trim()),
                    Err(_) => e.to_string(),
                };
                CronExpr::parse_for(when, task).map_err(wrong).and_then(|expr| {
                    let options = rule::options(words, &context.folder)?;
                    Rule::new(When::Cron(expr), options, &zone.rules, cx.now).map_err(|e| e.to_string())
                })
            };
            rules.push(parsed.map_err(|e| format!("cron: {e}"))?);
        }
        for text in &self.when {
            rules.extend(texts::schedules(task, text, &zone.rules, context)?);
        }
        for (kind, texts) in [("every", &self.every), ("at", &self.at)] {
            for text in texts {
                // `--at "at +2h"` says it twice.
                let said = text.trim_start().strip_prefix(kind).filter(|rest| rest.starts_with(char::is_whitespace));
                let text = said.unwrap_or(text);
                rules.push(parse(&format!("{kind} {text}")).map_err(|e| format!("{kind}: {e}"))?);
            }
        }
        if self.startup {
            rules.push(When::Startup.into());
        }
        if let ([], Some((key, _))) = (rules.as_slice(), self.options.0.first()) {
            return Err(format!("{key}: say of which schedule, with --cron, --every, --at or --startup"));
        }
        let schedules = rules.into_iter().map(|rule| (rule, zone.clone())).collect();
        texts::with_options_for_all(schedules, &self.options.0, context)
    }
}

/// One flag for each option of a schedule; they are for all schedules of the call.
#[derive(Debug)]
struct OptionFlags(Vec<(String, String)>);

impl clap::Args for OptionFlags {
    fn augment_args(command: clap::Command) -> clap::Command {
        OPTIONS.iter().fold(command, |command, (key, help)| {
            let value = match *key {
                "missed" => "skip|latest|all",
                "jitter" => "DUR",
                "start" | "end" => "TIME",
                "except" => "DAYS",
                "calendar" => "FILE",
                _ => "skip|shift",
            };
            let arg = Arg::new(*key).long(*key).value_name(value).help(sentence(help));
            command.arg(arg.help_heading("When (any mix, repeatable)"))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for OptionFlags {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let given = |(key, _): &(&str, &str)| Some(((*key).to_owned(), matches.get_one::<String>(key)?.clone()));
        Ok(Self(OPTIONS.iter().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// One flag for each field of a definition, made from the same table as everything else about fields.
#[derive(Debug)]
struct FieldFlags(Vec<(&'static Field, String)>);

/// The fields that have a flag: the name is a word of its own, and a to-do starts as open.
fn flags() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(|field| !matches!(field.key, "name" | "status"))
}

/// The flag of a field, its value and its heading, as CLI.md calls them.
fn names(field: &Field) -> (&'static str, &'static str, &'static str) {
    const WHAT: &str = "What";
    const HOW: &str = "How";
    const ABOUT: &str = "About";
    match field.key {
        "command" => ("command", "CMD", WHAT),
        "script" => ("script", "FILE", WHAT),
        "category" => ("category", "PATH", ABOUT),
        "tags" => ("tag", "TAG", ABOUT),
        "priority" => ("priority", "1..10", ABOUT),
        "assignee" => ("assignee", "WHO", ABOUT),
        "due" => ("due", "TIME", ABOUT),
        "remind" => ("remind", "DUR|TIME", ABOUT),
        "recur" => ("recur", "RULE", ABOUT),
        "description" => ("description", "MARKDOWN", ABOUT),
        "progress" => ("progress", "0..100", ABOUT),
        "type" => ("type", "TYPE", ABOUT),
        "field" => ("field", "NAME=VALUE", ABOUT),
        "depends-on" => ("depends-on", "TASK[:each]", ABOUT),
        "paused" => ("paused", "", ABOUT),
        "overlap" => ("overlap", "POLICY", HOW),
        "timeout" => ("timeout", "DUR", HOW),
        "retry" => ("retry", "'N WORD...'", HOW),
        "deadline" => ("deadline", "DUR", HOW),
        "grace" => ("grace", "DUR", HOW),
        "stop-signal" => ("stop-signal", "SIGNAL", HOW),
        "memory" => ("memory", "SIZE", HOW),
        "cpu" => ("cpu", "DUR", HOW),
        "open-files" => ("open-files", "N", HOW),
        "nice" => ("nice", "N", HOW),
        "cwd" => ("cwd", "DIR", HOW),
        "env" => ("env", "NAME=VALUE", HOW),
        "secrets" => ("secret", "NAME=SOURCE", HOW),
        "stdin" => ("stdin", "TEXT", HOW),
        "pty" => ("pty", "", HOW),
        "shell" => ("shell", "PATH", HOW),
        "python" => ("python", "VERSION|PATH", HOW),
        "after" => ("after", "TASK[:success|failure|any]", "When (any mix, repeatable)"),
        "if" => ("if", "CONDITION", HOW),
        "if-window" => ("if-window", "DUR", HOW),
        "pause-after" => ("pause-after", "N", HOW),
        "todo-after" => ("todo-after", "N", HOW),
        "expect-by" => ("expect-by", "DUR|HH:MM", HOW),
        "output-cap" => ("output-cap", "SIZE|none", HOW),
        key => (key, "VALUE", HOW),
    }
}

/// The help of a field as a sentence.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl clap::Args for FieldFlags {
    fn augment_args(command: clap::Command) -> clap::Command {
        let todo = Arg::new("todo").long("todo").help("Something a person does").help_heading("What");
        let what = ArgGroup::new("what").args(["command", "script", "new", "todo"]).required(true);
        let mut command = command.arg(todo.action(ArgAction::SetTrue)).group(what);
        for field in flags() {
            let (flag, value, heading) = names(field);
            let arg = Arg::new(field.key)
                .long(flag)
                .short((flag == "command").then_some('c'))
                .help(sentence(field.help))
                .help_heading(heading);
            command = command.arg(match field.key {
                "paused" => arg.help("Its schedules rest until `tempo resume`").action(ArgAction::SetTrue),
                "pty" => arg.help("It prints to a terminal of its own, for colours and lines as they come").action(ArgAction::SetTrue),
                "secrets" => arg
                    .help("A variable read when a run starts and masked in what it prints: TOKEN=file:/run/token or GH=env:GH_TOKEN; repeatable")
                    .value_name(value)
                    .action(ArgAction::Append),
                "nice" => arg.value_name(value).allow_negative_numbers(true),
                "field" => arg
                    .help("A field of its type; repeatable")
                    .value_name(value)
                    .action(ArgAction::Append),
                "tags" => arg.help("A word to find it by; repeatable").value_name(value).action(ArgAction::Append),
                "after" => arg
                    .help("When this task has ended so; several wait for each other")
                    .value_name(value)
                    .action(ArgAction::Append),
                "depends-on" => arg
                    .help("What has to be done before it; :each asks for a new done before each run; repeatable")
                    .value_name(value)
                    .action(ArgAction::Append),
                "if" => arg
                    .help("Run by itself only if this holds: load<4, ac, network or cmd:COMMAND; repeatable")
                    .value_name(value)
                    .action(ArgAction::Append),
                "retry" => arg.value_name(value).alias("retries"),
                "env" => arg.help("A variable of its runs; repeatable").value_name(value).action(ArgAction::Append),
                _ => arg.value_name(value),
            });
        }
        command
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for FieldFlags {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let mut values = Vec::new();
        for field in flags() {
            if matches!(field.key, "paused" | "pty") {
                if matches.get_flag(field.key) {
                    values.push((field, true.to_string()));
                }
                continue;
            }
            let texts: Vec<String> = matches.get_many(field.key).into_iter().flatten().cloned().collect();
            match field.key {
                "tags" if !texts.is_empty() => values.push((field, texts.join(","))),
                "after" | "secrets" | "depends-on" if !texts.is_empty() => values.push((field, texts.join(";"))),
                "if" if !texts.is_empty() => values.push((field, texts.join("\n"))),
                _ => values.extend(texts.into_iter().map(|text| (field, text))),
            }
        }
        Ok(Self(values))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let context = cx.fields_here()?;
    let mut task = Definition::new("", Work::Todo(Status::Open));
    Field::named("name").and_then(|field| field.set(&mut task, &args.name, &context)).map_err(CliError::Refused)?;
    // Without a value it would take away what a new task does not have.
    if let Some((_, text)) = args.fields.0.iter().find(|(field, text)| field.key == "env" && !text.contains('=')) {
        return Err(CliError::Refused(format!("env: `{text}` needs NAME=VALUE")));
    }
    if args.fields.0.iter().any(|(field, text)| field.key == "if" && text.trim().is_empty()) {
        return Err(CliError::Refused("if: is empty; write load<4, ac, network or cmd:COMMAND".to_owned()));
    }
    let template = match &args.new {
        Some(name) => {
            Some(templates::named(&cx.paths.templates(), name).map_err(|e| CliError::Refused(format!("new: {e}")))?)
        }
        None => None,
    };
    if let Some(template) = &template {
        new::begin(&mut task, template, &context)?;
    }
    texts::apply(&mut task, &args.fields.0, &context).map_err(CliError::Refused)?;
    let wanted = args.when.read(Spread::by(&slug(&task.name)), &context, cx).map_err(CliError::Refused)?;
    let rules: Vec<Rule> = wanted.iter().map(|(rule, _)| rule.clone()).collect();
    texts::check_schedules(&task, &rules).map_err(CliError::Refused)?;
    let runs_by_itself = !wanted.is_empty() || !task.execution.after.is_empty();
    let store = cx.store()?;
    let now = cx.now;
    let (task, files) = match template.as_ref().and_then(|template| Some((template.script.as_ref()?, template))) {
        Some((script, template)) => new::make(&store, task, wanted, (script, &template.requirements), cx)?,
        None => (store.write(move |db| Step::new(By::Cli, now).add(db, &task, &wanted))?, None),
    };
    if let Some(note) = task.definition.passed_reminders(None, cx.now, &cx.zone) {
        super::complain(&note);
    }
    if cx.json {
        let path = |path: &Path| path.display().to_string();
        let object = AddedJson {
            task: cx.task_json(&*store.reader()?, &task)?,
            script: files.as_ref().map(|files| path(&files.script)),
            requirements: files.as_ref().and_then(|files| files.requirements.as_deref()).map(path),
        };
        return cx.print_json(&object);
    }
    let wished = slug(&task.definition.name);
    if !wished.is_empty() && task.slug != wished {
        super::complain(&format_args!("there is a {wished} already; this one is {}", task.slug));
    }
    writeln!(cx.out, "{}", task.slug)?;
    if let Some(files) = files {
        writeln!(cx.out, "{}", files.script.display())?;
    }
    if runs_by_itself {
        cx.hint_engine(cx.has_engine()?);
    }
    Ok(())
}

/// The task as it was added.
#[derive(serde::Serialize)]
struct AddedJson {
    #[serde(flatten)]
    task: TaskJson,
    /// The script that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requirements: Option<String>,
}
