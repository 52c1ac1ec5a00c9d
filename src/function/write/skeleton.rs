//! Instances that a class has within it, in its attributes or in what its functions refer to.
//!
//! They are made before their class is whole, so its own constructors cannot be called for them: what `__new__` looks for
//! may be the very instance. cloudpickle makes them from a class that has no attributes yet, by the constructor of the
//! base, with the arguments that this one takes. It is the same here if `__new__` and `__init__` are set last.
//! A class that says itself what its instances are made of (`__reduce__`, `__getnewargs__`) has a constructor that takes
//! it, and only that does.

use super::{
    reach::Reach,
    sketch::{Id, Sketch},
};
use std::collections::{HashMap, HashSet};

/// The attributes `__new__` and `__init__` that are to be set last, by the dict that they are in and their name there.
pub(super) fn last(sketch: &Sketch, reach: &Reach) -> HashSet<(Id, Id)> {
    let by_class: HashMap<Id, Id> = sketch
        .classes
        .iter()
        .map(|(made, class)| (class.class, *made))
        .collect();
    let mut last = HashSet::new();
    let mut known = HashSet::new();
    for (instance, class, init) in &sketch.instances {
        let component = reach.component(*instance);
        if component.is_none() || reach.component(*class) != component || !known.insert((*class, *init)) {
            continue;
        }
        let (mut found, mut reduces) = (Vec::new(), false);
        let (mut seen, mut above) = (HashSet::new(), vec![*class]);
        while let Some(id) = above.pop() {
            let Some(class) = by_class.get(&id).and_then(|made| sketch.classes.get(made)) else {
                continue;
            };
            if !seen.insert(id) {
                continue;
            }
            reduces |= class.reduces;
            if reach.component(id) == component {
                let [new, call] = class.constructors;
                let names = new.into_iter().chain(call.filter(|_| *init));
                found.extend(names.map(|name| (class.attributes, name)));
            }
            above.extend(&class.bases);
        }
        if !reduces {
            last.extend(found);
        }
    }
    last
}
