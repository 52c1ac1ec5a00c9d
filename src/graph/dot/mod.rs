//! A drawing of the objects and what they refer to, for Graphviz.

mod rows;

use super::{Ref, Value};
use rows::{Cell, Row, Rows, Survey, inline, title};
use std::{
    collections::HashMap,
    fmt::{self, Display, Formatter, Write},
};

/// A value as a drawing in the language of Graphviz. See [`Value::dot`].
#[derive(Debug, Clone, Copy)]
pub struct Dot<'g> {
    value: Value<'g>,
    max_depth: usize,
    max_items: usize,
    max_nodes: usize,
}

impl<'g> Value<'g> {
    /// A drawing of the object graph in the language of [Graphviz](https://graphviz.org), where sharing and cycles can be
    /// seen: `dot -Tsvg` makes a picture of it.
    ///
    /// Each object is a box with a row for each thing that it refers to. Numbers, text, imports and small tuples of these
    /// stand in the row; from the others an arrow leads to a box of their own. What is referred to more than once has an
    /// orange frame and says how often; an arrow that closes a cycle is red and dashed. Attributes stand in the box of
    /// their object if nothing else refers to them.
    ///
    /// Long containers and large graphs are cut, see [`Dot::max_items`] and [`Dot::max_nodes`]; the picture says where. The same graph is always the same text.
    ///
    /// ```
    /// use brinery::pickle;
    /// let graph = pickle!({"name": "lamp", "sizes": [3, 4, 5]});
    /// let drawing = graph.root().dot().max_items(2).to_string();
    /// assert!(drawing.starts_with("digraph"));
    /// assert!(drawing.contains("… 1 more"));
    /// ```
    pub fn dot(self) -> Dot<'g> {
        Dot {
            value: self,
            max_depth: usize::MAX,
            max_items: 12,
            max_nodes: 200,
        }
    }
}

impl Dot<'_> {
    /// How many boxes deep to draw: with 1, only the first.
    pub fn max_depth(self, max_depth: usize) -> Self {
        Dot { max_depth, ..self }
    }

    /// How many items of a container to draw; 12 if not set.
    pub fn max_items(self, max_items: usize) -> Self {
        Dot { max_items, ..self }
    }

    /// How many boxes to draw, nearest first; 200 if not set.
    pub fn max_nodes(self, max_nodes: usize) -> Self {
        Dot { max_nodes, ..self }
    }
}

const HEAD: &str = r##"digraph pickle {
  graph [rankdir=LR, bgcolor="#ffffff", pad=0.3, nodesep=0.25, ranksep=1.0, fontname="Helvetica,Arial,sans-serif"];
  node [shape=plain, fontname="Helvetica,Arial,sans-serif", fontsize=11, fontcolor="#212529"];
  edge [color="#868e96", arrowsize=0.7, penwidth=1.2, fontname="Helvetica,Arial,sans-serif", fontsize=9];
"##;
const DARK: &str = "#212529";
const KEY: &str = "#5f3dc4";
const GREY: &str = "#868e96";
const SHARED: &str = "#e8590c";
const CYCLE: &str = "#e03131";

/// Text within Graphviz's HTML. XML has no way at all to write a control character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Or else Graphviz takes them for its own.
            '\\' => out.push_str("&#92;"),
            '[' => out.push_str("&#91;"),
            ']' => out.push_str("&#93;"),
            _ if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            _ => out.push(char),
        }
    }
    if out.is_empty() {
        out.push(' ');
    }
    out
}

/// The boxes that are drawn, in order.
struct Drawn<'g> {
    /// Each with how many boxes it is away from the first.
    order: Vec<(Value<'g>, usize)>,
    numbers: HashMap<Ref, usize>,
    limits: Dot<'g>,
    cut: bool,
}

impl<'g> Drawn<'g> {
    /// The number of a value's box, if there is or may be one.
    fn number(&mut self, value: Value<'g>, depth: usize) -> Option<usize> {
        if let Some(number) = self.numbers.get(&value.id()) {
            return Some(*number);
        }
        // There is always a first one.
        if depth > 0 && depth >= self.limits.max_depth {
            return None;
        }
        if depth > 0 && self.order.len() >= self.limits.max_nodes {
            self.cut = true;
            return None;
        }
        self.numbers.insert(value.id(), self.order.len());
        self.order.push((value, depth));
        Some(self.order.len() - 1)
    }
}

impl Display for Dot<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let survey = Survey::of(self.value, self.max_items);
        let mut drawn = Drawn {
            order: Vec::new(),
            numbers: HashMap::new(),
            limits: *self,
            cut: false,
        };
        drawn.number(self.value, 0);
        f.write_str(HEAD)?;
        // Breadth first, so that what is nearest to the root is drawn.
        let mut number = 0;
        while let Some((value, depth)) = drawn.order.get(number).copied() {
            let pen = Pen {
                number,
                depth,
                ports: 0,
                arrows: String::new(),
            };
            pen.card(f, &survey, &mut drawn, value)?;
            number += 1;
        }
        if drawn.cut {
            let text = format!("Only the nearest {} boxes are drawn.", drawn.order.len());
            writeln!(f, "  label=\"{text}\"; fontsize=10; fontcolor=\"{GREY}\";")?;
        }
        f.write_char('}')
    }
}

/// Draws one box. Its arrows must wait until it is closed.
struct Pen {
    number: usize,
    depth: usize,
    ports: usize,
    arrows: String,
}

impl Pen {
    /// Draws one box and the arrows that leave it.
    fn card<'g>(
        mut self,
        f: &mut Formatter<'_>,
        survey: &Survey,
        drawn: &mut Drawn<'g>,
        value: Value<'g>,
    ) -> fmt::Result {
        let number = self.number;
        let rows = Rows::of(survey, drawn.limits.max_items, value);
        let (name, detail, colour) = title(value);
        let uses = survey.uses(value);
        let (frame, width) = if uses > 1 { (SHARED, 2) } else { (GREY, 1) };
        write!(
            f,
            "  n{number} [label=<<TABLE BORDER=\"{width}\" COLOR=\"{frame}\" CELLBORDER=\"0\" CELLSPACING=\"0\" \
             CELLPADDING=\"4\" BGCOLOR=\"#ffffff\"><TR><TD PORT=\"t\" COLSPAN=\"2\" ALIGN=\"LEFT\" \
             BGCOLOR=\"{colour}\"><B>{}</B>",
            escape(&name)
        )?;
        if !detail.is_empty() {
            write!(
                f,
                "  <FONT COLOR=\"#495057\" POINT-SIZE=\"10\">{}</FONT>",
                escape(&detail)
            )?;
        }
        if uses > 1 {
            write!(f, "  <FONT COLOR=\"{SHARED}\" POINT-SIZE=\"10\"><B>×{uses}</B></FONT>")?;
        }
        f.write_str("</TD></TR>")?;
        for row in &rows {
            f.write_str("<TR>")?;
            match row {
                Row::Single(item) => self.cell(f, survey, drawn, item, (DARK, " COLSPAN=\"2\"", "e"))?,
                Row::Pair(label, item) => {
                    self.cell(f, survey, drawn, label, (KEY, "", "w"))?;
                    self.cell(f, survey, drawn, item, (DARK, "", "e"))?;
                }
                Row::More(count) => {
                    let text = Cell::Note(format!("… {count} more"));
                    self.cell(f, survey, drawn, &text, (GREY, " COLSPAN=\"2\"", "e"))?;
                }
            }
            f.write_str("</TR>")?;
        }
        let inside = inline(survey, value).filter(|_| rows.is_empty());
        if let Some(text) = inside {
            write!(f, "<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\">{}</TD></TR>", escape(&text))?;
        }
        writeln!(f, "</TABLE>>];")?;
        f.write_str(&self.arrows)
    }

    fn cell<'g>(
        &mut self,
        f: &mut Formatter<'_>,
        survey: &Survey,
        drawn: &mut Drawn<'g>,
        cell: &Cell<'g>,
        (colour, attributes, side): (&str, &str, &str),
    ) -> fmt::Result {
        let (text, colour) = match cell {
            Cell::Text(text) => (text.clone(), colour),
            Cell::Note(text) => (text.clone(), GREY),
            Cell::Link(value, from) => match drawn.number(*value, self.depth + 1) {
                None => (format!("{} …", title(*value).0), GREY),
                Some(to) => {
                    self.ports += 1;
                    let (number, port) = (self.number, self.ports);
                    write!(self.arrows, "  n{number}:p{port}:{side} -> n{to}:t:")?;
                    self.arrows.push_str(&if survey.back.contains(from) {
                        format!("e [color=\"{CYCLE}\", style=dashed, constraint=false];\n")
                    } else if survey.uses(*value) > 1 {
                        format!("w [color=\"{SHARED}\"];\n")
                    } else {
                        "w;\n".into()
                    });
                    let align = if side == "w" { "LEFT" } else { "RIGHT" };
                    return write!(
                        f,
                        "<TD PORT=\"p{port}\" ALIGN=\"{align}\"{attributes}><FONT COLOR=\"{GREY}\">●</FONT></TD>"
                    );
                }
            },
        };
        let text = escape(&text);
        write!(
            f,
            "<TD ALIGN=\"LEFT\"{attributes}><FONT COLOR=\"{colour}\">{text}</FONT></TD>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{rows::TEXT, *};
    use crate::{Builder, pickle};

    #[test]
    fn rows_and_arrows() {
        let mut build = Builder::new();
        let row = build.list([Ref::TRUE]);
        let rows = build.list([row, row]);
        build.append(rows, [rows]).unwrap();
        let graph = build.finish(rows);
        let drawing = graph.root().dot().to_string();
        assert_eq!(drawing.matches("label=<").count(), 2);
        assert_eq!(drawing.matches(&format!("n1:t:w [color=\"{SHARED}\"]")).count(), 2);
        assert_eq!(drawing.matches("n0:p3:e -> n0:t:e").count(), 1);
        assert_eq!(drawing.matches("style=dashed").count(), 1);
        assert_eq!(drawing.matches("×2").count(), 1);
        assert_eq!(drawing, graph.root().dot().to_string());
    }

    #[test]
    fn attributes_stand_in_the_box_unless_they_are_shared() {
        let draw = |shared: bool| {
            let mut build = Builder::new();
            let class = build.global("shop", "Lamp");
            let lamp = build.new_object(class, []).unwrap();
            let name = build.add("name");
            let state = build.dict([(name, Ref::NONE)]).unwrap();
            build.set_state(lamp, state).unwrap();
            let root = build.list(if shared { vec![lamp, state] } else { vec![lamp] });
            build.finish(root).root().dot().to_string()
        };
        assert!(draw(false).contains(">.name<") && !draw(false).contains(">state<"));
        assert!(!draw(true).contains(">.name<") && draw(true).contains(">state<"));
    }

    #[test]
    fn cut_to_size() {
        let graph = pickle!((0..1000).map(|i| vec![i]).collect::<Vec<_>>());
        let drawing = graph.root().dot().to_string();
        assert!(drawing.contains("… 988 more"));
        assert_eq!(drawing.matches("label=<").count(), 13);
        let drawing = graph.root().dot().max_items(500).max_nodes(20).to_string();
        assert!(drawing.contains("… 500 more") && drawing.contains("nearest 20 boxes"));
        assert_eq!(drawing.matches("label=<").count(), 20);
        let drawing = graph.root().dot().max_depth(1).to_string();
        assert!(drawing.contains("list …") && drawing.matches("label=<").count() == 1);
        let drawing = graph.root().dot().max_items(0).max_nodes(0).to_string();
        assert!(drawing.contains("… 1000 more"));
        let text = pickle!(["é".repeat(40), "é".repeat(0x1_0000)]);
        let drawing = text.root().dot().to_string();
        assert!(drawing.contains(&format!("'{}'… 40 characters", "é".repeat(TEXT))));
        assert!(drawing.contains("… 131072 bytes"));
    }

    #[test]
    fn nothing_of_the_pickle_is_markup() {
        let mut build = Builder::new();
        let text = build.add("<B>&amp; \"\\N\"</B>");
        let class = build.global("a<b", "\u{1}]>; x");
        let object = build.new_object(class, []).unwrap();
        let entries = [(text, text), (class, object)];
        let dict = build.dict(entries).unwrap();
        let drawing = build.finish(dict).root().dot().to_string();
        assert!(drawing.contains("&lt;B&gt;&amp;amp; &quot;&#92;&#92;N&quot;&lt;/B&gt;"));
        assert!(drawing.contains("\u{fffd}&#93;&gt;; x") && !drawing.contains('\u{1}'));
    }

    #[test]
    fn hostile_graphs_are_small_drawings() {
        let mut build = Builder::new();
        let deep = (0..300_000).fold(Ref::NONE, |top, _| build.list([top]));
        let wide = (0..60).fold(deep, |top, _| build.tuple([top, top]));
        let graph = build.finish(wide);
        assert!(graph.root().dot().to_string().len() < 200_000);
    }
}
