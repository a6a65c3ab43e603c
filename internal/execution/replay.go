package execution

import (
	"context"
	"slices"
	"time"
)

// inOrder sorts the records of completed node runs by when they came about. Sequence
// numbers do not tell it alone: a node that ran in its function has the number that it
// got when it was first handed out, and may have ended, after a retry, long after
// others with higher numbers were followed. When its last attempt began does tell it:
// advance hands out nothing while something that it handed out runs. Pure node runs
// get their numbers as they end; so do those whose times are shown as their children's.
func inOrder(records []*Record) {
	bySeq := func(a, b *Record) int { return a.Seq - b.Seq }
	slices.SortFunc(records, bySeq)
	at := make(map[*Record]time.Time, len(records))
	var pure time.Time
	for _, r := range records {
		if done, waited := doneAt(&r.Run); waited {
			at[r] = done
			continue
		}
		if at[r] = r.Run.StartedAt; r.Token != "" {
			continue
		}
		if end := r.Run.StartedAt.Add(r.Run.Duration); end.After(pure) {
			pure = end
		}
		at[r] = pure
	}
	slices.SortStableFunc(records, func(a, b *Record) int { return at[a].Compare(at[b]) })
}

// recordLog are the records of an execution that a process has read: those with the
// sequence numbers below len(first), and some after. It does not change; what is read
// later makes a new one, which shares the first.
type recordLog struct {
	version int // checkpoint version: it has all that were written up to it
	first   []*Record
	after   []*Record // by sequence number
}

// keepLogs bounds the logs, and the bases, kept in memory.
const keepLogs = 32

// read gives the records of the execution, as of the control item or later. With
// parallel branches many functions rebuild one execution, each at its own version, and
// would read it whole for each of its nodes. Records never change once written, so what
// one has read serves the others, and only what came since is read.
func (s *States) read(ctx context.Context, c Control) (*recordLog, error) {
	s.mu.Lock()
	log := s.logs[c.Ref]
	s.mu.Unlock()
	if log == nil {
		log = &recordLog{}
	}
	if log.version < c.Next {
		news, err := s.Store.Records(ctx, c, len(log.first))
		if err != nil {
			return nil, err
		}
		log = log.with(pointers(news), c.Next)
		s.keepLog(c.Ref, log)
	}
	return log, nil
}

// has reports whether the log has a record of the node run that was not in before.
func (l *recordLog) has(at runID, before *recordLog) bool {
	if before == nil {
		before = &recordLog{}
	}
	fits := func(r *Record) bool { return r.Run.Node == at.node && r.Run.Index == at.index }
	known := func(r *Record) bool {
		return slices.ContainsFunc(before.after, func(old *Record) bool { return old.Seq == r.Seq })
	}
	news := func(list []*Record) bool {
		return slices.ContainsFunc(list, func(r *Record) bool { return fits(r) && !known(r) })
	}
	return news(l.first[min(len(before.first), len(l.first)):]) || news(l.after)
}

func pointers(records []Record) []*Record {
	out := make([]*Record, len(records))
	for i := range records {
		out[i] = &records[i]
	}
	return out
}

// with is the log as of a version, with all records from len(first) on.
func (l *recordLog) with(news []*Record, version int) *recordLog {
	n := 0
	for n < len(news) && news[n].Seq == len(l.first)+n {
		n++
	}
	return &recordLog{version: version, first: slices.Concat(l.first, news[:n]), after: news[n:]}
}

func (s *States) keepLog(ref Ref, log *recordLog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.logs[ref]; now == nil || now.version < log.version {
		keep(&s.logs, ref, log, keepLogs)
	}
}

// forget drops what is kept of an execution that has ended.
func (s *States) forget(ref Ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.logs, ref)
	delete(s.bases, ref)
}

// base is a state from which a node can run that was handed out together with others,
// or nil. Were each of these to rebuild the execution, a run of a thousand branches would be
// rebuilt a thousand times. What the others have done since does not matter to the
// node; what was recorded of itself does: its function may have been called twice.
func (s *States) base(ctx context.Context, c Control, t Task) (*state, error) {
	s.mu.Lock()
	b := s.bases[c.Ref]
	s.mu.Unlock()
	if b == nil || b.version < t.From || b.as != asOfNow(c) {
		return nil, nil
	}
	log, err := s.read(ctx, c)
	if err != nil || log.has(runID{t.Node, t.Run}, b.log) {
		return nil, err
	}
	return b, nil
}

// share makes a state the base of those nodes of its execution that are out. It must
// not be changed any more.
func (s *States) share(ref Ref, st *state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.bases[ref]; now == nil || now.version < st.version || now.as != st.as {
		keep(&s.bases, ref, st, keepLogs)
	}
}
