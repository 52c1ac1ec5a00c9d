//! Pickles within pickles: what CPython loads from them is what it loads from each apart, in every version there is.

mod support;

use brinery::{Options, Part, Pickle, Result, Rules, Splice};
use std::{
    io::{BufRead, BufReader, Write},
    process::Stdio,
};
use support::{
    Rng,
    canon::canon,
    mutate,
    python::{Python, interpreters},
    records::Written,
    show, vectors,
};

/// Pickles that are spliced into one tuple.
struct Question {
    name: String,
    parts: Vec<Vec<u8>>,
    spliced: Vec<u8>,
    encoding: String,
    buffers: Vec<usize>,
}

/// What CPython makes of it.
#[derive(serde::Deserialize)]
struct Answer {
    apart: String,
    spliced: String,
}

/// The tuple of these pickles, in a protocol or in the one that they need.
fn splice(parts: &[Vec<u8>], protocol: Option<u8>) -> Result<Vec<u8>> {
    let mut splice = match protocol {
        Some(protocol) => Splice::with_options(&Options::new().protocol(protocol))?,
        None => Splice::new(),
    };
    splice.tuple()?;
    for part in parts {
        splice.value(&Pickle(part))?;
    }
    splice.end()?.finish()
}

/// Asks an interpreter all questions at once.
fn ask(python: &Python, extensions: &[String], questions: &[Question]) -> Vec<Answer> {
    let mut command = python.oracle("apart.py");
    command.args(extensions).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("apart.py starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        scope.spawn(move || {
            for question in questions {
                let line = serde_json::json!({
                    "parts": question.parts.iter().map(|part| hex(part)).collect::<Vec<_>>(),
                    "spliced": hex(&question.spliced),
                    "encoding": question.encoding,
                    "buffers": question.buffers,
                });
                if writeln!(input, "{line}").is_err() {
                    return; // It died; its missing answers tell.
                }
            }
        });
        output
            .lines()
            .map(|line| serde_json::from_str(&line.expect("answers are UTF-8")).expect("answers are JSON"))
            .collect()
    });
    let status = child.wait().expect("apart.py ends");
    assert_eq!(
        answers.len(),
        questions.len(),
        "apart.py on {python} ended with {status}"
    );
    answers
}

/// What became of the questions.
#[derive(Default)]
struct Tally {
    same: usize,
    refused_by_both: usize,
}

/// Compares what CPython loads apart and spliced, and what brinery reads of the latter with these options.
fn compare(python: &Python, extensions: &[String], questions: &[Question], options: Option<&Options>) -> Tally {
    let mut tally = Tally::default();
    for (question, answer) in questions.iter().zip(ask(python, extensions, questions)) {
        let Question {
            name, parts, spliced, ..
        } = question;
        let told = || {
            let parts: Vec<String> = parts.iter().map(|part| show(part)).collect();
            format!("{name} on {python}\n  {}\n  {}", parts.join("\n  "), show(spliced))
        };
        let (apart, together) = (&answer.apart, &answer.spliced);
        assert!(
            !apart.starts_with("broken") && !together.starts_with("broken"),
            "{}",
            told()
        );
        if apart.starts_with("error") {
            // An index that asks for more memory than there is needs none when it is numbered afresh.
            let fine = together.starts_with("error") || apart.starts_with("error MemoryError");
            assert!(fine, "apart {apart}, spliced {together}: {}", told());
            tally.refused_by_both += 1;
            continue;
        }
        assert_eq!(apart, together, "{}", told());
        tally.same += 1;
        let Some(options) = options else { continue };
        let graph = options
            .read(spliced)
            .unwrap_or_else(|error| panic!("{error}: {}", told()));
        assert_eq!(format!("value {}", canon(&graph)), *together, "{}", told());
    }
    tally
}

/// Every protocol that the parts allow.
fn outer_protocols(parts: &[Vec<u8>]) -> impl Iterator<Item = Option<u8>> {
    let protocols = parts
        .iter()
        .map(|part| Part::new(part).map_or(5, |part| part.protocol()));
    let lowest = protocols.max().unwrap_or(0).max(2);
    (lowest..=5).map(Some).chain([None])
}

#[test]
fn vectors_in_pairs() {
    let vectors: Vec<_> = vectors::all().into_iter().filter(|vector| !vector.refused()).collect();
    let need = |vector: &vectors::Vector, need: &str| {
        vector
            .needs
            .iter()
            .find(|(name, _)| name == need)
            .map(|(_, value)| value.clone())
    };
    let needs = vectors.iter().flat_map(|vector| &vector.needs);
    let extensions: Vec<String> = needs
        .filter(|(name, _)| name == "ext")
        .flat_map(|(_, entry)| ["--ext".to_owned(), entry.clone()])
        .collect();
    let mut rng = Rng::new(support::seed(), "pairs of vectors");
    let mut questions = Vec::new();
    let mut protocols = std::collections::BTreeSet::new();
    for first in &vectors {
        for _ in 0..2 {
            let second = std::iter::repeat_with(|| rng.pick(&vectors))
                .find(|second| need(first, "encoding") == need(second, "encoding") && second.bytes.len() < 200_000)
                .expect("there is one");
            protocols.insert((first.protocol, second.protocol));
            let parts = vec![first.bytes.clone(), second.bytes.clone()];
            let buffers = [first, second]
                .map(|vector| need(vector, "buffers").map_or(0, |count| count.parse().expect("a count")));
            let all: Vec<_> = outer_protocols(&parts).collect();
            let protocol = *rng.pick(&all);
            let name = format!("{} and {} in {protocol:?}", first.name, second.name);
            questions.push(Question {
                spliced: splice(&parts, protocol).unwrap_or_else(|error| panic!("{name}: {error}")),
                name,
                parts,
                encoding: need(first, "encoding").unwrap_or_else(|| "ASCII".into()),
                buffers: buffers.to_vec(),
            });
        }
    }
    assert!(protocols.len() >= 30, "only {} pairs of protocols", protocols.len());
    for python in interpreters() {
        for (question, answer) in questions.iter().zip(ask(python, &extensions, &questions)) {
            assert!(
                answer.apart.starts_with("value"),
                "{} on {python}: {}",
                question.name,
                answer.apart
            );
            assert_eq!(answer.apart, answer.spliced, "{} on {python}", question.name);
        }
        println!("{python}: {} pairs are the same", questions.len());
    }
    assert!(questions.len() > 600, "only {} pairs", questions.len());
}

#[test]
fn random_objects_in_all_protocols() {
    let seed = support::seed();
    let mut total = 0;
    for python in interpreters() {
        let own = (seed * 100 + u64::from(python.version.1)).to_string();
        let written = Written::by(python, &["random", &own, "200"]);
        let records: Vec<_> = written.records().collect();
        let mut rng = Rng::new(seed, &own);
        let mut questions = Vec::new();
        for _ in 0..900 {
            let chosen: Vec<_> = (0..1 + rng.below(4)).map(|_| *rng.pick(&records)).collect();
            let parts: Vec<Vec<u8>> = chosen.iter().map(|record| record.x.to_vec()).collect();
            let all: Vec<_> = outer_protocols(&parts).collect();
            let protocol = *rng.pick(&all);
            let names: Vec<_> = chosen
                .iter()
                .map(|record| format!("{} {}", record.name, record.p))
                .collect();
            let name = format!("{} in {protocol:?}", names.join(", "));
            questions.push(Question {
                spliced: splice(&parts, protocol).unwrap_or_else(|error| panic!("{name}: {error}")),
                name,
                buffers: vec![0; parts.len()],
                parts,
                encoding: "ASCII".into(),
            });
        }
        // By strict rules, so that frames are as they should be.
        let options = written.options.clone().rules(Rules::Strict);
        let tally = compare(python, &written.extension_arguments, &questions, Some(&options));
        println!("{python}: {} spliced tuples are the same", tally.same);
        total += tally.same;
        assert_eq!(tally.refused_by_both, 0);
    }
    assert_eq!(total, 900 * interpreters().len());
}

/// What our own reader takes is taken, as the same; what is refused, it refuses, too. Many more streams than an interpreter
/// can be asked about.
#[test]
fn mutated_vectors_as_our_own_reader_has_them() {
    let options = Options::new().rules(Rules::Classic).buffers_elsewhere();
    let mut vectors: Vec<Vec<u8>> = vectors::all().into_iter().map(|vector| vector.bytes).collect();
    vectors.retain(|bytes| bytes.len() < 1000);
    let mut rng = Rng::new(support::seed(), "mutated vectors");
    let (mut same, mut refused, mut fails) = (0, 0, 0);
    for _ in 0..60_000 {
        let (stream, other) = (rng.pick(&vectors).clone(), rng.pick(&vectors).clone());
        let stream = mutate::mutate(&mut rng, &stream, &other);
        // The first part has memo entries, but nothing that the canonical text numbers.
        let spliced = splice(&[b"\x80\x03K\x01\x85q\0h\0\x86q\x01.".to_vec(), stream.clone()], None);
        match (options.read(&stream), spliced) {
            (Ok(apart), Ok(spliced)) => {
                let together = options.read(&spliced);
                let together = together.unwrap_or_else(|error| panic!("{error}: {}", show(&stream)));
                let apart = canon(&apart);
                if apart != "<too long>" {
                    let (root, rest) = apart.split_at(apart.find('\n').unwrap_or(apart.len()));
                    let pair = format!("(((i1), (i1)), {root}){rest}");
                    assert_eq!(canon(&together), pair, "{}", show(&stream));
                }
                same += 1;
            }
            (Ok(_), Err(error)) => panic!("{error}: {}", show(&stream)),
            (Err(_), Err(_)) => refused += 1,
            // Its opcodes stand in order, and one of them fails.
            (Err(_), Ok(_)) => fails += 1,
        }
    }
    println!("{same} the same, {refused} refused, {fails} fail within");
    assert!(
        same > 5_000 && refused > 5_000 && fails > 500,
        "{same}, {refused}, {fails}"
    );
}

/// Streams that no pickler writes: marks and values left over, memo indices that are used again, GETs of what is not
/// there, several PROTOs.
#[test]
fn odd_streams() {
    let mut rng = Rng::new(support::seed(), "odd streams");
    let (mut questions, mut refused) = (Vec::new(), Vec::new());
    for at in 0..3000 {
        let mut stream = mutate::random(&mut rng);
        if rng.one_in(2) {
            let other = mutate::random(&mut rng);
            stream = mutate::mutate(&mut rng, &stream, &other);
        }
        let parts = vec![
            b"\x80\x02]q\x07(h\x07h\x07e.".to_vec(),
            stream,
            b"\x80\x05]\x94h\0a.".to_vec(),
        ];
        let question = |spliced| Question {
            name: format!("stream {at}"),
            buffers: vec![0; parts.len()],
            parts: parts.clone(),
            spliced,
            encoding: "ASCII".into(),
        };
        match splice(&parts, None) {
            Ok(spliced) => questions.push(question(spliced)),
            // What is refused is refused by CPython, too.
            Err(_) => refused.push(question(b"0.".to_vec())),
        }
    }
    for python in interpreters() {
        let tally = compare(python, &[], &questions, None);
        for (question, answer) in refused.iter().zip(ask(python, &[], &refused)) {
            let error = splice(&question.parts, None).expect_err("it was refused before");
            assert!(
                answer.apart.starts_with("error"),
                "refused with {error}, loaded by {python} as {}: {}",
                answer.apart,
                show(&question.parts[1])
            );
        }
        println!(
            "{python}: {} the same, {} load nowhere, {} refused",
            tally.same,
            tally.refused_by_both,
            refused.len()
        );
        assert!(
            tally.same > 500 && refused.len() > 500,
            "{} and {}",
            tally.same,
            refused.len()
        );
    }
}
