//! The tables, and the steps that lead from each older shape to the present one.

use std::ops::Range;

use rusqlite::{Connection, TransactionBehavior};

/// One step per version; `user_version` counts the steps that were taken. A step that has been
/// released is never changed: a new shape is a new step.
const STEPS: [&str; 4] = [FIRST, TRANSITIONS, MOVING, LISTS];

pub(super) const FIRST: &str = "
    CREATE TABLE media (
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        -- The name in lower case, for sorting and searching in every script.
        folded TEXT NOT NULL,
        kind TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        duration_s REAL,
        bytes INTEGER NOT NULL,
        -- 'missing' is told as rejected; it ends by itself if the file comes back.
        state TEXT NOT NULL CHECK (state IN ('processing', 'ready', 'rejected', 'missing')),
        error TEXT,
        content_type TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE playlists (
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        loop INTEGER NOT NULL,
        shuffle INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE items (
        id TEXT PRIMARY KEY NOT NULL,
        playlist_id TEXT NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        -- No reference: an item outlives its media file and is skipped.
        media_id TEXT,
        effect TEXT,
        params TEXT,
        color TEXT,
        duration_s REAL,
        fit TEXT NOT NULL,
        transition TEXT,
        transition_s REAL,
        UNIQUE (playlist_id, position)
    ) STRICT;
    CREATE INDEX items_by_media ON items (media_id);

    CREATE TABLE memory (
        key TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
    ) STRICT;
";

/// NULL, as in every row from before, means linear and black.
const TRANSITIONS: &str = "
    ALTER TABLE items ADD COLUMN transition_curve TEXT;
    ALTER TABLE items ADD COLUMN transition_color TEXT;
";

/// What moves has frames. What was a still, or nothing, may move now: it is looked at again.
const MOVING: &str = "
    ALTER TABLE media ADD COLUMN frames INTEGER;
    UPDATE media SET state = 'processing', error = NULL
        WHERE state = 'ready' AND content_type IN ('image/gif', 'image/png', 'image/webp')
        OR state = 'rejected' AND error LIKE 'this is not a picture that%';
";

/// What was there before is shown once, and played.
const LISTS: &str = "
    ALTER TABLE items ADD COLUMN repeat INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE items ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
";

/// The version that this program writes.
pub(super) const VERSION: usize = STEPS.len();

/// How many steps the database has taken; 0 for one that was just made.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Takes the steps that are missing, each whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    for step in version(connection)?..VERSION {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        take_steps(&transaction, step..step + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Takes these steps. Who calls it for more than a test does so in a transaction.
pub(super) fn take_steps(connection: &Connection, steps: Range<usize>) -> rusqlite::Result<()> {
    for step in steps {
        connection.execute_batch(STEPS[step])?;
        connection.pragma_update(None, "user_version", step + 1)?;
    }
    Ok(())
}
