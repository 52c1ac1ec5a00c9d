//! Which objects lead to each other.

use super::sketch::{Id, Sketch, Step};
use std::collections::HashMap;

/// The strongly connected component of each object.
pub(super) fn components(sketch: &Sketch) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let count = sketch.nodes.len();
    let (mut index, mut low, mut component) = (vec![NEW; count], vec![0; count], vec![NEW; count]);
    let (mut next, mut found) = (0, 0);
    // Where they will be is not known yet, but that they lead there is.
    let mut folds: HashMap<Id, Vec<Id>> = HashMap::new();
    for fold in &sketch.folds {
        folds.entry(fold.call).or_default().push(fold.value);
    }
    let mut open: Vec<usize> = Vec::new();
    // Tarjan's, on a stack of its own.
    let mut stack: Vec<(usize, Vec<Id>)> = Vec::new();
    for start in 0..count {
        if index[start] != NEW {
            continue;
        }
        stack.push((start, Vec::new()));
        let mut entering = true;
        while let Some((at, edges)) = stack.last_mut() {
            let at = *at;
            if entering {
                (index[at], low[at]) = (next, next);
                next += 1;
                open.push(at);
                *edges = sketch.parts(Id(at as u32));
                edges.extend(sketch.nodes[at].steps.iter().flat_map(Step::parts));
                edges.extend(folds.get(&Id(at as u32)).into_iter().flatten());
                entering = false;
            }
            match edges.pop() {
                Some(Id(to)) if index[to as usize] == NEW => {
                    stack.push((to as usize, Vec::new()));
                    entering = true;
                }
                Some(Id(to)) if component[to as usize] == NEW => low[at] = low[at].min(index[to as usize]),
                Some(_) => {}
                None => {
                    stack.pop();
                    if let Some((parent, _)) = stack.last() {
                        low[*parent] = low[*parent].min(low[at]);
                    }
                    if low[at] == index[at] {
                        while let Some(member) = open.pop() {
                            component[member] = found;
                            if member == at {
                                break;
                            }
                        }
                        found += 1;
                    }
                }
            }
        }
    }
    component
}
