//! The SQL surface as its reference describes it: every view and its columns.

use rusqlite::Connection;

use crate::store::{Result, migrate};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub name: String,
    pub columns: Vec<String>,
}

/// The views of a store of this program's schema, in the order in which they are defined; no store is touched.
pub fn views() -> Result<Vec<View>> {
    let mut db = Connection::open_in_memory()?;
    migrate::migrate(&mut db, std::path::Path::new(":memory:"))?;
    let mut find = db.prepare(
        "SELECT v.name, c.name FROM sqlite_schema v, pragma_table_info(v.name) c WHERE v.type = 'view' ORDER BY v.rowid, c.cid",
    )?;
    let mut views: Vec<View> = Vec::new();
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let (name, column): (String, String) = (row.get(0)?, row.get(1)?);
        match views.last_mut().filter(|view| view.name == name) {
            Some(view) => view.columns.push(column),
            None => views.push(View { name, columns: vec![column] }),
        }
    }
    Ok(views)
}
