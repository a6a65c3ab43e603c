package kv

import (
	"errors"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// unsyncedLogs is a file system on which syncing a log leaves its bytes with the
// operating system. A killed process loses nothing by that. Everything else
// (tables, manifest, folders) is synced truly, and a log when it is closed, so
// that after a power loss the store opens with a prefix of its history.
type unsyncedLogs struct{ vfs.FS }

func (fs unsyncedLogs) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	return unsynced(name, f), err
}

func (fs unsyncedLogs) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(oldname, newname, c)
	return unsynced(newname, f), err
}

func unsynced(name string, f vfs.File) vfs.File {
	if f == nil || !strings.HasSuffix(name, ".log") {
		return f
	}
	return unsyncedLog{f}
}

type unsyncedLog struct{ vfs.File }

func (unsyncedLog) Sync() error                { return nil }
func (unsyncedLog) SyncData() error            { return nil }
func (unsyncedLog) SyncTo(int64) (bool, error) { return false, nil }

func (f unsyncedLog) Close() error { return errors.Join(f.File.Sync(), f.File.Close()) }
