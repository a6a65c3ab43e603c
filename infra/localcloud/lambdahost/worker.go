package lambdahost

// maxIdle is how many goroutines wait for the next invocation, at most.
const maxIdle = 64

// crew runs invocations in goroutines that it keeps. A fresh goroutine has to grow
// its stack for the SDK again and again, which took a seventh of all CPU time.
type crew struct {
	work chan *Invocation
	idle chan struct{} // holds a token for each goroutine that waits
	quit chan struct{}
}

func newCrew() *crew {
	return &crew{work: make(chan *Invocation), idle: make(chan struct{}, maxIdle), quit: make(chan struct{})}
}

// run runs an invocation in a goroutine that waits, or in a new one.
func (c *crew) run(inv *Invocation) {
	select {
	case c.work <- inv:
	default:
		go c.serve(inv)
	}
}

func (c *crew) serve(inv *Invocation) {
	for {
		inv.run()
		select {
		case c.idle <- struct{}{}:
		default:
			return
		}
		select {
		case inv = <-c.work:
			<-c.idle
		case <-c.quit:
			<-c.idle
			return
		}
	}
}
