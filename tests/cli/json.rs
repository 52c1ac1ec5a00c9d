//! `brinery json`, held against Python's json module.

use super::*;

#[test]
fn json() {
    let fits = b"\x80\x04}(\x8c\x01a]((K\x01K\x02tNe\x8c\x01bG?\xf8\0\0\0\0\0\0u.";
    assert_eq!(
        brinery(&["json", "-"], fits).good(),
        b"{\"a\": [[1, 2], null], \"b\": 1.5}\n"
    );
    let lines = brinery(&["json", "--indent=1", "-"], b"](]K\x01e.").good();
    assert_eq!(lines, b"[\n [],\n 1\n]\n".as_slice());
    let shared = brinery(&["json", "--shared-memo", "-"], b"K\x01.]q\0.h\0.");
    assert_eq!(shared.good(), b"1\n[]\n[]\n");
    let outcome = brinery(
        &["json", "-"],
        b"K\x01.\x80\x04}(\x8c\x01aC\x01xK\x07\x8f)\x88s\x8c\x03b c]G\x7f\xf0\0\0\0\0\0\0au.",
    );
    assert_eq!(outcome.code, 1, "odd items");
    let misfits = b"\x80\x04}(\x8c\x01aC\x01xK\x07\x8f)\x88\x8c\x03b c]G\x7f\xf0\0\0\0\0\0\0au.";
    let outcome = brinery(&["json", "-"], misfits);
    assert_eq!(
        (outcome.code, outcome.text()),
        (0, "{\"a\": null, \"7\": null, \"b c\": [null]}\n")
    );
    assert_eq!(
        outcome.err,
        "brinery: <stdin>: $.a: b'x' is not JSON, null stands for it\n\
         brinery: <stdin>: $: keys such as 7 are not str, but written as str\n\
         brinery: <stdin>: $[7]: set() is not JSON, null stands for it\n\
         brinery: <stdin>: $: () cannot be a key in JSON, the entry is left out\n\
         brinery: <stdin>: $[\"b c\"][0]: inf is not JSON, null stands for it\n"
    );
    let ordered = b"\x80\x02ccollections\nOrderedDict\n)R(U\x01aK\x01U\x01bK\x02u.";
    assert_eq!(brinery(&["json", "-"], ordered).good(), b"{\"a\": 1, \"b\": 2}\n");
    // Sharing that doubles at each of 60 levels, and a depth that would overflow any recursion.
    let mut bomb = b"]q\0".to_vec();
    bomb.extend((1..60).flat_map(|i| [b']', b'q', i, b'(', b'h', i - 1, b'h', i - 1, b'e']));
    bomb.push(b'.');
    let outcome = brinery(&["json", "--max-bytes", "100000", "-"], &bomb);
    assert!(
        outcome.code == 1 && outcome.err.contains("--max-bytes"),
        "{}",
        outcome.err
    );
    let deep = [&b"]".repeat(100_000)[..], &b"a".repeat(99_999), b"."].concat();
    assert_eq!(brinery(&["json", "-"], &deep).good().len(), 200_001);
    assert_eq!(brinery(&["show", "-"], &deep).good().len(), 200_001);
}

/// What fits is written as Python writes it.
#[test]
fn json_live() {
    let python = &python::newest().path;
    // Nothing else is imported: loading some of the vectors has effects.
    let program = "import json, pickle, collections\n\
         class Careful(pickle.Unpickler):\n\
         \x20   def find_class(self, module, name):\n\
         \x20       if name in ('OrderedDict', 'defaultdict'): return super().find_class(module, name)\n\
         \x20       raise pickle.UnpicklingError('not here')\n\
         def answer(data, out):\n\
         \x20   value = Careful(io.BytesIO(data)).load()\n\
         \x20   for indent in (None, 3):\n\
         \x20       for ascii in (False, True):\n\
         \x20           text = json.dumps(value, allow_nan=False, ensure_ascii=ascii, indent=indent) + '\\n'\n\
         \x20           out.write(text.encode('utf-8', 'surrogatepass'))\n";
    let vectors: Vec<_> = vectors::all()
        .into_iter()
        .filter(|vector| vector.needs.is_empty() && vector.shown && vector.name != "hand/data_after_stop.pkl")
        .collect();
    let answers = ask(python, program, vectors.iter().map(|vector| vector.bytes.as_slice()));
    let mut fit = 0;
    for (vector, answer) in vectors.iter().zip(answers) {
        let path = vector.path.to_str().expect("UTF-8");
        let run = |more: &[&str]| brinery(&[&["json", path][..], more].concat(), b"");
        let ours = [
            run(&[]),
            run(&["--ascii"]),
            run(&["--indent=3"]),
            run(&["--ascii", "--indent=3"]),
        ];
        if !answer.exception.is_empty() {
            let refused = ["serializable", "keys must be", "Circular", "not JSON compliant"];
            if refused.iter().any(|part| answer.exception.contains(part)) {
                assert!(!ours[0].err.is_empty(), "{}: {}", vector.name, answer.exception);
            }
            continue;
        }
        // Lone surrogates cannot be UTF-8: there the text is escaped.
        if str::from_utf8(&answer.output).is_err() {
            continue;
        }
        let misfits: Vec<_> = ours[0]
            .err
            .lines()
            .filter(|line| !line.contains("keys such as"))
            .collect();
        assert!(misfits.is_empty(), "{}: {misfits:?}", vector.name);
        let ours: Vec<u8> = ours.into_iter().flat_map(|outcome| outcome.out).collect();
        assert_eq!(
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(&answer.output),
            "{}",
            vector.name
        );
        fit += 1;
    }
    println!("{fit} of {} fit", vectors.len());
    assert!(fit > 20);
}
