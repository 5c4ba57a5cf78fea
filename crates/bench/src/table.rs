//! Tables in Markdown.

use crate::rounds::Class;

/// A row per case, a column per contender.
#[derive(Debug)]
pub struct Table {
    title: &'static str,
    unit: &'static str,
    rows: Vec<(String, Vec<Cell>)>,
}

/// The figure of one contender in one case.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The contender.
    pub column: &'static str,
    /// What it is compared as.
    pub class: Class,
    /// The figure, in the table's unit: less is better.
    pub figure: f64,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub const fn new(title: &'static str, unit: &'static str) -> Self {
        Self {
            title,
            unit,
            rows: Vec::new(),
        }
    }

    /// What it is about.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Adds a row.
    pub fn push(&mut self, case: &str, cells: Vec<Cell>) {
        self.rows.push((case.into(), cells));
    }

    /// Prints it, unless nothing was measured. The best peer of a row is bold; the last column compares this project with it.
    pub fn print(&self) {
        if self.rows.is_empty() {
            return;
        }
        let columns = self.columns();
        println!(
            "\n| {}, {} | {} | ours ÷ best peer |",
            self.title,
            self.unit,
            columns.join(" | ")
        );
        println!("|---|{}", "--:|".repeat(columns.len() + 1));
        for (case, cells) in &self.rows {
            let best = best_of(cells, Class::Peer);
            let figures: Vec<String> = columns.iter().map(|column| figure(cells, column, best)).collect();
            let ours = best_of(cells, Class::Ours);
            println!("| {case} | {} | {} |", figures.join(" | "), ratio(ours, best));
        }
    }

    /// Contenders in the order in which they first appear.
    fn columns(&self) -> Vec<&'static str> {
        let mut columns = Vec::new();
        for cell in self.rows.iter().flat_map(|(_, cells)| cells) {
            if !columns.contains(&cell.column) {
                columns.push(cell.column);
            }
        }
        columns
    }
}

fn best_of(cells: &[Cell], class: Class) -> Option<f64> {
    cells
        .iter()
        .filter(|cell| cell.class == class)
        .map(|cell| cell.figure)
        .min_by(f64::total_cmp)
}

fn figure(cells: &[Cell], column: &str, best: Option<f64>) -> String {
    let Some(cell) = cells.iter().find(|cell| cell.column == column) else {
        return String::new();
    };
    let digits = three_digits(cell.figure);
    match cell.class {
        Class::Peer if Some(cell.figure) == best => format!("**{digits}**"),
        Class::Aside => format!("({digits})"),
        _ => digits,
    }
}

fn ratio(ours: Option<f64>, best: Option<f64>) -> String {
    ours.zip(best)
        .map_or(String::new(), |(ours, best)| format!("{:.2}", ours / best))
}

/// Three digits are as many as a measurement of this kind has.
fn three_digits(figure: f64) -> String {
    match figure {
        0.0..10.0 => format!("{figure:.2}"),
        10.0..100.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}
