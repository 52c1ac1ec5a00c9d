//! `brinery scan`

use crate::{
    args::Scan,
    failure::{self, Failure},
    files, scan_find,
    scan_find::Source,
    scan_html, scan_json, scan_pool, scan_sarif, scan_text,
};
use brinery::{
    archive::{Contents, FileReport, FileScan},
    scan::{Policy, Verdict},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal, Read, Write},
    path::Path,
    process::ExitCode,
};

/// What became of a file.
pub(crate) struct Judged {
    pub(crate) name: String,
    pub(crate) is_named: bool,
    /// The report, or why the file cannot be read.
    pub(crate) report: Result<FileReport, String>,
    /// What the page shows of it.
    pub(crate) page: Option<scan_html::Part>,
}

impl Judged {
    pub(crate) fn verdict(&self) -> Verdict {
        self.report.as_ref().map_or(Verdict::Broken, |report| report.verdict)
    }
}

/// How many files came to which verdict.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts([usize; 4]);

impl Counts {
    pub(crate) const ORDER: [Verdict; 4] = [Verdict::Safe, Verdict::Unknown, Verdict::Dangerous, Verdict::Broken];

    fn add(&mut self, verdict: Verdict) {
        let place = Counts::ORDER.iter().position(|other| *other == verdict);
        self.0[place.unwrap_or(0)] += 1;
    }

    pub(crate) fn total(self) -> usize {
        self.0.iter().sum()
    }

    /// Those there are any of.
    pub(crate) fn there(self) -> impl Iterator<Item = (Verdict, usize)> {
        Counts::ORDER.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    pub(crate) fn worst(self) -> Verdict {
        self.there().map(|(verdict, _)| verdict).max().unwrap_or(Verdict::Safe)
    }
}

/// Judges each file. The exit code is that of the worst verdict; a file that cannot be read counts as broken.
pub(crate) fn run(args: &Scan) -> ExitCode {
    match try_run(args) {
        Ok(verdict) => ExitCode::from(verdict.exit_code()),
        Err(failure) => {
            failure.report();
            ExitCode::from(crate::USAGE)
        }
    }
}

fn try_run(args: &Scan) -> Result<Verdict, Failure> {
    let policy = policy(&args.policy)?;
    let mut scan = FileScan::default();
    scan.options.python = args.python;
    for (name, value) in &args.limit {
        set_limit(&mut scan, name, *value)?;
    }
    let sources = scan_find::find(args)?;
    let mut out = files::create(&args.output)?;
    let colours = args.output.as_os_str() == "-" && io::stdout().is_terminal();
    let bar = bar(sources.len());
    let (mut counts, mut kept) = (Counts::default(), Vec::new());
    let judge = |source: &Source| judge(source, &scan, &policy, args.html);
    scan_pool::each(&sources, scan_pool::jobs(args.jobs), judge, |judged| {
        counts.add(judged.verdict());
        bar.inc(1);
        if let Err(why) = &judged.report {
            bar.suspend(|| {
                let _ = writeln!(io::stderr(), "brinery: {}: {why}", scan_text::printable(&judged.name));
            });
        }
        if args.sarif || args.html {
            kept.push(judged);
            return;
        }
        // Whether anybody reads it does not change the verdict.
        let _ = bar.suspend(|| match args.json {
            true => scan_json::line(&mut out, &judged, &policy),
            false if judged.is_named || args.all || judged.verdict() != Verdict::Safe => {
                scan_text::file(&mut out, &judged, colours)
            }
            false => Ok(()),
        });
    });
    bar.finish_and_clear();
    let _ = match () {
        () if args.sarif => writeln!(out, "{:#}", scan_sarif::log(&kept, &policy)),
        () if args.html => scan_html::page(&mut out, &kept, &policy, counts),
        () if !args.json && counts.total() != 1 => scan_text::total(&mut out, counts, colours),
        () => Ok(()),
    };
    let written = out.flush();
    if args.output.as_os_str() != "-" {
        written.map_err(failure::file(&files::name(&args.output)))?;
    }
    Ok(counts.worst())
}

/// A bar on a terminal, where there is something to wait for.
fn bar(files: usize) -> ProgressBar {
    if files < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} files, {eta} left");
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn judge(source: &Source, scan: &FileScan, policy: &Policy, html: bool) -> Judged {
    let bytes = match &source.fault {
        Some(fault) => Err(fault.clone()),
        None => open(source, scan.limits.total_bytes).map_err(|error| error.to_string()),
    };
    let mut page = html.then(scan_html::Part::default);
    let report = bytes.map(|bytes| {
        scan.scan_with(&bytes, policy, &mut |member, report| {
            if let Some(page) = &mut page {
                page.add(member, report);
            }
        })
    });
    // Of safe files in folders there may be many.
    let is_safe = report.as_ref().is_ok_and(|report| report.verdict == Verdict::Safe);
    let page = page.filter(|_| source.is_named || !is_safe);
    Judged {
        name: source.name.clone(),
        is_named: source.is_named,
        report,
        page,
    }
}

fn open(source: &Source, most: u64) -> io::Result<Contents> {
    if source.path.as_os_str() != "-" || !source.is_named {
        return Contents::open(&source.path);
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let what = format!("the limit `total_bytes` of {most} is reached");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(bytes.into())
}

/// Sets a limit of archives or of pickles.
fn set_limit(scan: &mut FileScan, name: &str, value: u64) -> Result<(), Failure> {
    let number = usize::try_from(value).unwrap_or(usize::MAX);
    let limits = &mut scan.limits;
    match name {
        "members" => limits.members = number,
        // Each archive in another one takes some of the stack.
        "depth" => limits.depth = number.min(64),
        "member_bytes" => limits.member_bytes = value,
        "total_bytes" => limits.total_bytes = value,
        "ratio" => limits.ratio = value,
        "ratio_free" => limits.ratio_free = value,
        "directory_bytes" => limits.directory_bytes = value,
        "bytes" | "stack" | "marks" | "memo" | "digits" | "buffers" | "pickles" => {
            scan.options.limits.set(name, value);
        }
        _ => return Err(Failure::Usage(format!("--limit {name}: there is no such limit"))),
    }
    Ok(())
}

/// What is neither a policy nor a file was meant to be one of them.
fn no_policy(name: &str, failure: Failure) -> Failure {
    if Path::new(name).exists() {
        return failure;
    }
    let known = Policy::NAMES.join(", ");
    Failure::Usage(format!("{name} is no policy and no file: built in are {known}"))
}

/// The policies of the command line together, by name or from files.
fn policy(names: &[String]) -> Result<Policy, Failure> {
    let mut policies = names.iter().map(|name| match Policy::named(name) {
        Some(policy) => Ok(policy),
        None => {
            let bytes = files::read(Path::new(name)).map_err(|failure| no_policy(name, failure))?;
            let text = String::from_utf8_lossy(&bytes);
            Policy::from_toml(&text).map_err(|error| Failure::Usage(format!("{name}: {error}")))
        }
    });
    let first = policies.next().unwrap_or_else(|| Ok(Policy::stdlib()))?;
    policies.try_fold(first, |all, policy| Ok(all.and(&policy?)))
}
