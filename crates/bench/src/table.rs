//! Tables in Markdown.

use crate::rounds::Class;

/// A table with a row per case and a column per contender.
#[derive(Debug)]
pub struct Table {
    title: &'static str,
    unit: &'static str,
    rows: Vec<(String, Vec<Cell>)>,
}

/// The figure of one contender in one case.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The contender.
    pub column: String,
    /// Class for the comparison.
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

    /// Subject of the table.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Adds a row.
    pub fn push(&mut self, case: &str, cells: Vec<Cell>) {
        self.rows.push((case.into(), cells));
    }

    /// The rows in which a peer is ahead of this project.
    pub fn behind(&self) -> impl Iterator<Item = Behind> {
        self.rows.iter().filter_map(|(case, cells)| {
            let ours = best_of(cells, Class::Ours)?;
            let best = best_of(cells, Class::Peer)?;
            (best.figure < ours.figure).then(|| Behind {
                case: format!("{} {case}", self.title),
                ours: ours.figure,
                best,
            })
        })
    }

    /// Prints the table, unless nothing was measured. The best peer of a row is bold. The last
    /// column compares this project with it.
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
            let best = best_of(cells, Class::Peer).map(|cell| cell.figure);
            let figures: Vec<String> = columns
                .iter()
                .map(|column| figure(cells, column, best))
                .collect();
            let ours = best_of(cells, Class::Ours).map(|cell| cell.figure);
            println!(
                "| {case} | {} | {} |",
                figures.join(" | "),
                ratio(ours, best)
            );
        }
    }

    /// Contenders in the order in which they first appear.
    fn columns(&self) -> Vec<&str> {
        let mut columns = Vec::new();
        for cell in self.rows.iter().flat_map(|(_, cells)| cells) {
            if !columns.contains(&cell.column.as_str()) {
                columns.push(&cell.column);
            }
        }
        columns
    }
}

/// A row in which a peer is ahead.
#[derive(Debug)]
pub struct Behind {
    /// The table and the row.
    pub case: String,
    /// This project's figure.
    pub ours: f64,
    /// The best peer.
    pub best: Cell,
}

/// Prints the rows in which a peer is ahead, the farthest first.
pub fn print_behind(tables: &[Table]) {
    let mut rows: Vec<Behind> = tables.iter().flat_map(Table::behind).collect();
    rows.sort_by(|a, b| f64::total_cmp(&(b.ours / b.best.figure), &(a.ours / a.best.figure)));
    if rows.is_empty() {
        println!("\nNo peer is ahead in any of these rows.");
        return;
    }
    println!(
        "\n| a peer is ahead | ours | best peer | | ours ÷ best peer |\n|---|--:|--:|---|--:|"
    );
    for Behind { case, ours, best } in rows {
        println!(
            "| {case} | {} | {} | {} | {:.2} |",
            three_digits(ours),
            three_digits(best.figure),
            best.column,
            ours / best.figure
        );
    }
}

fn best_of(cells: &[Cell], class: Class) -> Option<Cell> {
    cells
        .iter()
        .filter(|cell| cell.class == class)
        .min_by(|a, b| f64::total_cmp(&a.figure, &b.figure))
        .cloned()
}

fn figure(cells: &[Cell], column: &str, best: Option<f64>) -> String {
    let Some(cell) = cells.iter().find(|cell| cell.column == column) else {
        return String::new();
    };
    let digits = three_digits(cell.figure);
    match cell.class {
        Class::Peer if Some(cell.figure) == best => format!("**{digits}**"),
        Class::Aside => format!("({digits})"),
        Class::Unchecked => format!("{digits} †"),
        _ => digits,
    }
}

fn ratio(ours: Option<f64>, best: Option<f64>) -> String {
    ours.zip(best)
        .map_or(String::new(), |(ours, best)| format!("{:.2}", ours / best))
}

/// Measurements of this kind have three significant digits.
fn three_digits(figure: f64) -> String {
    match figure {
        0.0..10.0 => format!("{figure:.2}"),
        10.0..100.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}
