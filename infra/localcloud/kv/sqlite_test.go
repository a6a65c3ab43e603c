package kv

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"

	_ "github.com/ncruces/go-sqlite3/driver"
)

// openSQLite is the other candidate: one table in SQLite's WAL mode. It passes
// the same suite as the store that was chosen, so that the benchmark compares equals.
func openSQLite(path, synchronous string) (Store, error) {
	dsn := fmt.Sprintf("file:%s?_pragma=journal_mode(WAL)&_pragma=synchronous(%s)&_pragma=busy_timeout(10000)&_pragma=wal_autocheckpoint(16000)&_pragma=cache_size(-65536)", path, synchronous)
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID`); err != nil {
		return nil, err
	}
	s := &sqliteStore{db: db}
	for _, p := range []struct {
		into **sql.Stmt
		text string
	}{
		{&s.get, `SELECT v FROM kv WHERE k = ?`},
		{&s.set, `INSERT INTO kv (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`},
		{&s.del, `DELETE FROM kv WHERE k = ?`},
		{&s.delRange, `DELETE FROM kv WHERE k >= ? AND k < ?`},
	} {
		if *p.into, err = db.Prepare(p.text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

type sqliteStore struct {
	db                      *sql.DB
	write                   sync.Mutex // SQLite has one writer; waiting here is cheaper than SQLITE_BUSY
	get, set, del, delRange *sql.Stmt
}

func (s *sqliteStore) Get(key []byte) ([]byte, bool, error) {
	var v []byte
	err := s.get.QueryRow(key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return v, err == nil, err
}

func (s *sqliteStore) Scan(lower, upper []byte, reverse bool, fn func(key, value []byte) bool) error {
	query := `SELECT k, v FROM kv WHERE k >= ? AND (? IS NULL OR k < ?) ORDER BY k`
	if reverse {
		query += " DESC"
	}
	if lower == nil {
		lower = []byte{}
	}
	rows, err := s.db.Query(query, lower, upper, upper)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k, v sql.RawBytes
		if err := rows.Scan(&k, &v); err != nil {
			return err
		}
		if !fn(k, v) {
			return nil
		}
	}
	return rows.Err()
}

func (s *sqliteStore) Commit(b *Batch) error {
	s.write.Lock()
	defer s.write.Unlock()
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	for _, o := range b.ops {
		switch o.kind {
		case opSet:
			_, err = tx.Stmt(s.set).Exec(o.key, o.value)
		case opDelete:
			_, err = tx.Stmt(s.del).Exec(o.key)
		case opDeleteRange:
			_, err = tx.Stmt(s.delRange).Exec(o.key, o.value)
		}
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func (s *sqliteStore) CommitLazy(b *Batch) error { return s.Commit(b) }
func (s *sqliteStore) Close() error              { return s.db.Close() }
