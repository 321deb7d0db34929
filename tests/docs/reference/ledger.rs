//! docs/reference/ledger.md: Lethe's own tables, read from a database.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use private_postgres::Cluster;
use tokio_postgres::{Client, NoTls};

use super::super::page::LETHE;
use super::{cell, compare, generated_from};

const TABLES: &str = "
SELECT c.relname::text, COALESCE(pg_catalog.obj_description(c.oid, 'pg_class'), '')
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = 'lethe'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname";
const COLUMNS: &str = "
SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
  COALESCE(pg_catalog.col_description(a.attrelid, a.attnum), '')
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = ('lethe.' || pg_catalog.quote_ident($1))::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum";

#[test]
fn the_page_explains_every_table_and_column_of_the_ledger() {
    let cluster = Cluster::throwaway(&lethe::postgres::APPLICATION, Path::new(LETHE), &[]).unwrap();
    let migrated = Command::new(LETHE)
        .args(["migrate", "--database"])
        .arg(cluster.connection_string("postgres"))
        .env("LETHE_CONFIG", "/dev/null")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let page = runtime.block_on(async {
        let address = cluster.connection_string("postgres");
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
        tokio::spawn(connection);
        page(&client).await
    });
    compare("ledger.md", &page);
}

async fn page(client: &Client) -> String {
    let mut page = format!(
        "# Ledger tables\n\n{}\n{}\n",
        generated_from("a migrated database and its comments"),
        "Lethe's own tables, in the schema `lethe`. They contain no device and no unkeyed digest. Read them freely; only Lethe writes them. \
         `lethe migrate` creates and upgrades them."
    );
    let tables = client.query(TABLES, &[]).await.unwrap();
    for table in &tables {
        let (name, comment): (&str, &str) = (table.get(0), table.get(1));
        assert!(!comment.is_empty(), "lethe.{name} has no comment");
        let _ = write!(page, "\n## {name}\n\n{comment}\n\n");
        page.push_str("| column | type | null | |\n|---|---|---|---|\n");
        for column in client.query(COLUMNS, &[&name]).await.unwrap() {
            let (column_name, type_name): (&str, &str) = (column.get(0), column.get(1));
            let comment: &str = column.get(3);
            assert!(
                !comment.is_empty(),
                "lethe.{name}.{column_name} has no comment"
            );
            let null = match column.get(2) {
                true => "",
                false => "null",
            };
            let _ = writeln!(
                page,
                "| `{column_name}` | {type_name} | {null} | {} |",
                cell(comment)
            );
        }
    }
    page
}
