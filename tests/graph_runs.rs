//! What a graph writes in runs is what is written object by object, as a graph with a hook is.

use brinery::{Builder, Graph, Options, Python, Ref, Result, hooks::Hooks};

/// A sequence of numbers that looks random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % end
    }
}

/// Both ways, in every protocol.
fn check(graph: &Graph<'_>, name: &str) {
    for protocol in 0..=5 {
        for fast in [false, true] {
            for python in [Python::V3_13, Python::new(3, 15, 0)] {
                for as_loaded in [false, true] {
                    let options = Options::new().protocol(protocol).python(python).as_loaded(as_loaded);
                    let options = options.fast(fast);
                    let plain = options.write(graph);
                    let stepwise = options.write_with(graph, &mut Hooks::new());
                    match (plain, stepwise) {
                        (Ok(plain), Ok(stepwise)) => {
                            assert!(
                                plain == stepwise,
                                "{name}, protocol {protocol}, {python:?}, {fast}, {as_loaded}"
                            );
                            let mut sink = Vec::new();
                            options.write_to(graph, &mut sink).expect("it was written");
                            assert!(sink == plain, "{name}, protocol {protocol}: to a sink");
                        }
                        (Err(plain), Err(stepwise)) => assert_eq!(plain.to_string(), stepwise.to_string()),
                        (plain, stepwise) => panic!("{name}, protocol {protocol}: {plain:?}, {stepwise:?}"),
                    }
                }
            }
        }
    }
}

/// The graph, and the same once it was written and read.
fn check_all(graph: &Graph<'_>, name: &str) {
    check(graph, name);
    for protocol in [0, 2, 3, 4] {
        if let Ok(bytes) = Options::new().protocol(protocol).write(graph) {
            check(&Graph::from_slice(&bytes).expect("it was written"), name);
        }
    }
}

/// Any leaf: of each kind, and of what Python has only one of.
fn leaf(build: &mut Builder<'_>, dice: &mut Dice) -> Ref {
    match dice.below(16) {
        0 => build.add(()),
        1 => build.add(dice.below(2) == 0),
        2 => build.add(dice.below(300) as i64 - 20),
        3 => build.add(1_i64 << dice.below(63)),
        4 => build.add(-(1_i128 << dice.below(100))),
        5 => build.add(f64::NAN),
        6 => build.add(dice.below(1000) as f64 / 7.0),
        7 => build.add(""),
        8 => build.add("é"),
        9 => build.add("ab"),
        10 => build.add("x".repeat(dice.below(300))),
        11 => build.add(&[200; 40][..dice.below(40)]),
        12 => build.bytearray(&[7; 40][..dice.below(40)]),
        13 => {
            let id = build.add(dice.below(9));
            build.persistent(id)
        }
        14 => build.global("shop", "Order"),
        _ => build.add("name"),
    }
}

/// Objects that hold objects made before, and some of those they are held by.
fn anything(seed: u64) -> Result<Graph<'static>> {
    let mut dice = Dice(seed);
    let mut build = Builder::new();
    let class = build.global("shop", "Order");
    let mut all = vec![build.add(1)];
    let mut lists = vec![build.list([])];
    let mut dicts = vec![];
    for round in 0..60 {
        let pick = |dice: &mut Dice| {
            let most = dice.below(7);
            let items = (0..most).map(|_| all[dice.below(all.len())]);
            items.collect::<Vec<_>>()
        };
        let items = pick(&mut dice);
        let made = match dice.below(12) {
            0 | 1 => {
                lists.push(build.list(&items));
                lists[lists.len() - 1]
            }
            2 | 3 => build.tuple(&items),
            4 | 5 => {
                let entries = items
                    .iter()
                    .map(|item| (build.add(format!("key {round} {item:?}")), *item));
                let entries: Vec<_> = entries.collect();
                dicts.push(build.dict(entries)?);
                dicts[dicts.len() - 1]
            }
            6 => build.new_object(class, [])?,
            7 => {
                let object = build.new_object(class, [])?;
                let state = dicts.get(dice.below(dicts.len() + 1)).copied();
                let state = state.or(items.first().copied()).unwrap_or(class);
                build.set_state(object, state)?;
                object
            }
            8 => build.call(class, &items)?,
            9 => {
                let items = [10, 20, 30].map(|tens| build.add(tens + dice.below(9)));
                build.set(items)?
            }
            _ => leaf(&mut build, &mut dice),
        };
        all.push(made);
        if dice.below(3) == 0 {
            let list = lists[dice.below(lists.len())];
            build.append(list, [made])?;
        }
    }
    let root = build.list(&all[all.len() - 9..]);
    let both = build.tuple([root, lists[0], all[dice.below(all.len())]]);
    Ok(build.finish(both))
}

#[test]
fn anything_at_all() {
    for seed in 0..300 {
        let graph = anything(seed).expect("its keys are text");
        check_all(&graph, &format!("seed {seed}"));
    }
}

/// Batches end where a run is under way, also where nothing is left for the next.
#[test]
fn edges_of_batches() {
    for items in [0, 1, 2, 999, 1000, 1001, 1999, 2000, 2001] {
        let mut build = Builder::new();
        let numbers: Vec<_> = (0..items).map(|i| build.add(i * i * i)).collect();
        let texts: Vec<_> = (0..items).map(|i| build.add(format!("text {i}"))).collect();
        let entries: Vec<_> = texts.iter().copied().zip(numbers.iter().copied()).collect();
        let lists: Vec<_> = (0..items.min(1001))
            .map(|i| build.list(&numbers[..i as usize % 3]))
            .collect();
        let (dict, row, text) = (build.dict(entries).unwrap(), build.list(&numbers), build.tuple(&texts));
        let mixed: Vec<_> = numbers.iter().zip(&texts).flat_map(|(a, b)| [*a, *b]).collect();
        let (lists, mixed) = (build.list(&lists), build.list(&mixed));
        let root = build.tuple([dict, row, text, lists, mixed]);
        check_all(&build.finish(root), &format!("{items} items"));
    }
}

/// Frames end within rows of numbers and behind them, where an object begins and nowhere else.
#[test]
fn edges_of_frames() {
    for ahead in 0..40 {
        let mut build = Builder::new();
        let long = build.add("x".repeat(64 * 1024 - 300 + 11 * ahead));
        let numbers: Vec<_> = (0..100_i64).map(|i| build.add(i * 0x1_0101 - 7)).collect();
        let floats: Vec<_> = (0..40).map(|i| build.add(f64::from(i) / 3.0)).collect();
        let row = [&[long][..], &numbers, &floats, &[long]].concat();
        let root = build.list(row);
        check(&build.finish(root), &format!("{ahead} ahead"));
    }
    let mut build = Builder::new();
    let numbers: Vec<_> = (0..60_000_i64).map(|i| build.add(i << (i % 50))).collect();
    let root = build.list(numbers);
    check_all(&build.finish(root), "many numbers");
}

/// Objects in each other, deeper than a run goes, whatever lies behind them; and in themselves.
#[test]
fn deep_and_round() {
    for depth in [1, 15, 16, 17, 31, 32, 33, 300] {
        for (kind, round) in (0..12).map(|at| (at / 2, at % 2 == 1)) {
            let mut build = Builder::new();
            let class = build.global("shop", "Order");
            let innermost = build.list([]);
            let (key, other) = (build.add("key"), build.add("other"));
            let mut inner = innermost;
            for level in 0..depth {
                let behind = build.add(format!("behind {level}"));
                inner = match (kind + level * (kind / 5)) % 5 {
                    0 => build.list([inner]),
                    1 => build.list([behind, inner, behind]),
                    2 => build.tuple([inner, behind]),
                    3 => build.dict([(key, inner), (other, behind)]).unwrap(),
                    _ => {
                        let object = build.new_object(class, []).unwrap();
                        let state = build.dict([(key, inner)]).unwrap();
                        build.set_state(object, state).unwrap();
                        object
                    }
                };
            }
            let open = build.tuple([class, inner]);
            if round {
                build.append(innermost, [inner, open]).unwrap();
            }
            check_all(&build.finish(open), &format!("depth {depth}, kind {kind}, {round}"));
        }
    }
}
