package dynamostore

// move takes tokens of a bucket, which is one number: when it will be full again, in
// microseconds (the generic cell rate algorithm).
type move struct {
	attr string
	// full guesses that the bucket is full: it is moved on from now. Another is moved
	// from wherever it is by then, as long as that is not past latest.
	full   bool
	now    int64
	each   int64 // the time in which the tokens come
	latest int64
	// never is where no bucket can be: who moved it there had a clock that was ahead,
	// and until that time nobody would get a token. It counts as full.
	never int64
}

func (m move) expression() expression {
	var e expression
	e.value(":now", num(m.now))
	if m.full {
		e.Set(m.attr, num(m.now+m.each))
		e.If("attribute_not_exists(" + m.attr + ") OR " + m.attr + " <= :now OR " + m.attr + " > :never")
		e.value(":never", num(m.never))
		return e
	}
	e.SetRaw(m.attr + " = " + m.attr + " + :each")
	e.value(":each", num(m.each))
	e.value(":most", num(m.latest-m.each))
	e.If(m.attr + " > :now AND " + m.attr + " <= :most")
	return e
}
