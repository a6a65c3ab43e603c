// Package asl interprets the Amazon States Language with JSONPath.
//
// It has two halves. Parse turns a definition into a Machine in which every
// path, payload template, intrinsic function and choice rule is compiled, and
// refuses what it does not know with the place in the definition. A Run is one
// execution of a Machine: a pure function of the machine, its Start and the
// sequence of outcomes it was given. It does no input or output, reads no clock
// and keeps no goroutine: Begin and Resume return effects (call this task, wake
// me at that time) and the caller brings back what became of them.
//
// That purity is what makes runs durable at the price of one small record an
// outcome: the caller stores Start and the outcomes in order, and a restart
// replays them through a new Run, which then stands exactly where the old one
// stood. Chance (States.UUID, States.MathRandom, jitter) comes from a generator
// seeded by Start, and time from the outcomes, so that a replay repeats both.
// For the same reason the history of a Standard execution need not be stored: it
// is produced again by a replay that records.
//
// JSON is held as nil, bool, json.Number, string, []any and *value.Object, and is
// never changed once made, so that states share their data without copying.
// Numbers keep their text, so that what only passes through is not altered.
//
// Where the language's specification, the service's documentation and the
// observed service disagree, the documentation wins; error texts are those that
// the service has been seen to give.
package asl
