//! A table of static text by address: the names of fields, variants and classes, of which a program has few and writes many.

/// Numbers for static texts, found by where the text lies and not by what it says.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<Slot>,
    used: usize,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    address: usize,
    len: usize,
    /// The address of a second text, or 0.
    with: usize,
    value: u32,
}

const FREE: u32 = u32::MAX;

/// Half of the slots stay free, so that few are looked at.
const FIRST_SIZE: usize = 64;

impl Table {
    #[inline(always)]
    fn hash(address: usize, with: usize) -> usize {
        let mixed = (address ^ with.rotate_left(32)) as u64;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
    }

    /// The number of a text, or of a pair of texts.
    #[inline(always)]
    pub(super) fn get(&self, text: &'static str, with: Option<&'static str>) -> Option<u32> {
        let (address, len) = (text.as_ptr() as usize, text.len());
        let with = with.map_or(0, |text| text.as_ptr() as usize);
        let mut at = Self::hash(address, with);
        loop {
            let slot = self.slots.get(at & self.slots.len().wrapping_sub(1))?;
            if slot.address == address && slot.len == len && slot.with == with && slot.value != FREE {
                return Some(slot.value);
            }
            if slot.value == FREE {
                return None;
            }
            at = at.wrapping_add(1);
        }
    }

    /// Gives a text that is not there yet its number.
    #[cold]
    pub(super) fn put(&mut self, text: &'static str, with: Option<&'static str>, value: u32) {
        let free = Slot {
            address: 0,
            len: 0,
            with: 0,
            value: FREE,
        };
        if self.used * 2 >= self.slots.len() {
            let size = (self.slots.len() * 2).max(FIRST_SIZE);
            let old = std::mem::replace(&mut self.slots, vec![free; size]);
            for slot in old.into_iter().filter(|slot| slot.value != FREE) {
                self.place(slot);
            }
        }
        self.used += 1;
        self.place(Slot {
            address: text.as_ptr() as usize,
            len: text.len(),
            with: with.map_or(0, |text| text.as_ptr() as usize),
            value,
        });
    }

    fn place(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = Self::hash(slot.address, slot.with) & mask;
        while self.slots[at].value != FREE {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// Forgets everything, and keeps the room.
    pub(super) fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.value = FREE);
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_by_place_length_and_company() {
        let mut table = Table::default();
        let text: &'static str = "abcdef";
        assert_eq!(table.get(text, None), None);
        table.put(text, None, 1);
        table.put(&text[..3], None, 2);
        table.put(text, Some("x"), 3);
        assert_eq!(table.get(text, None), Some(1));
        assert_eq!(table.get(&text[..3], None), Some(2));
        assert_eq!(table.get(text, Some("x")), Some(3));
        assert_eq!(table.get(&text[1..], None), None);
        table.clear();
        assert_eq!(table.get(text, None), None);
    }

    #[test]
    fn it_grows() {
        let many: &'static str = Box::leak("x".repeat(1000).into_boxed_str());
        let mut table = Table::default();
        for at in 0..999 {
            table.put(&many[at..at + 1], None, at as u32);
        }
        assert!((0..999).all(|at| table.get(&many[at..at + 1], None) == Some(at as u32)));
    }
}
