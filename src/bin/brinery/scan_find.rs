//! The files that `brinery scan` is to judge: those named, and those in folders.

use crate::{args::Scan, failure::Failure, files};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::path::PathBuf;
use walkdir::{DirEntry, WalkDir};

/// A file to judge, or what cannot be judged.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// It was named, not found in a folder.
    pub(crate) is_named: bool,
    /// Why it cannot be read.
    pub(crate) fault: Option<String>,
}

/// Lists the files: folders in the order of their names, each file as often as it is named.
pub(crate) fn find(args: &Scan) -> Result<Vec<Source>, Failure> {
    let include = globs(&args.include)?;
    let exclude = globs(&args.exclude)?;
    let mut sources = Vec::new();
    for path in &args.paths {
        if path.as_os_str() == "-" || !path.is_dir() {
            sources.push(Source {
                name: files::name(path),
                path: path.clone(),
                is_named: true,
                fault: None,
            });
            continue;
        }
        // What is compared lies in one folder: paths differ in their last part alone, which need not be looked for.
        let walk = WalkDir::new(path)
            .follow_links(true)
            .sort_by(|a, b| a.path().as_os_str().cmp(b.path().as_os_str()));
        let matches = |set: &GlobSet, entry: &DirEntry| {
            !set.is_empty() && set.is_match(entry.path().strip_prefix(path).unwrap_or(entry.path()))
        };
        let entries = walk.into_iter().filter_entry(|entry| !matches(&exclude, entry));
        for entry in entries {
            let source = |path: PathBuf, fault| Source {
                name: path.display().to_string(),
                path,
                is_named: false,
                fault,
            };
            match entry {
                Ok(entry) => {
                    let wanted = include.is_empty() || matches(&include, &entry);
                    // Devices, pipes and sockets hold no pickles, and may have no end.
                    if wanted && entry.file_type().is_file() {
                        sources.push(source(entry.into_path(), None));
                    }
                }
                // A link back to a folder it lies in: its files are found there.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().map(PathBuf::from).unwrap_or_default();
                    let fault = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    sources.push(source(path, Some(fault)));
                }
            }
        }
    }
    Ok(sources)
}

fn globs(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let bad = |error: globset::Error| Failure::Usage(format!("{pattern}: {error}"));
        // What has no slash is about the last part of a path, as in .gitignore.
        let anywhere = format!("**/{pattern}");
        let pattern = if pattern.contains('/') { pattern } else { &anywhere };
        set.add(Glob::new(pattern).map_err(bad)?);
    }
    set.build().map_err(|error| Failure::Usage(error.to_string()))
}
