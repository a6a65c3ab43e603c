package execution

import "errors"

// ErrSuperseded is the answer to a writer whose belief no longer holds: another
// generation, another machine run, or an ending that came first. It ends quietly.
var ErrSuperseded = errors.New("superseded")

// ErrCancelled is the answer to a writer who may start nothing new.
var ErrCancelled = errors.New("cancel was asked")
