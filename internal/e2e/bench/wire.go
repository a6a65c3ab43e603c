package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/e2e/platform"
)

// wire is a client's connection. It writes a request and reads the answer in the
// goroutine that asks: http.Client has two more for each connection, and with them
// the clients took a fifth of the cores that the platform needs. Answers are read
// by net/http.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	head string // of all requests, after the first line
	out  []byte
}

func dial(as *platform.Client) (*wire, error) {
	host := strings.TrimPrefix(as.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	head := " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + as.Key + "\r\nContent-Type: application/json\r\n"
	return &wire{conn: conn, in: bufio.NewReader(conn), head: head}, nil
}

func (c *wire) close() { _ = c.conn.Close() }

// run starts a run and returns the job's id.
func (c *wire) run(workflow string) (string, error) {
	var job struct{ JobID string }
	err := c.call(http.MethodPost, "/api/workflows/"+workflow+"/run", "{}", &job)
	return job.JobID, err
}

// status is a job's status, as far as clients here need it.
type status struct {
	Status               string
	QueuedAt, FinishedAt time.Time
	Error                json.RawMessage
}

func (c *wire) status(job string) (status, error) {
	var s status
	err := c.call(http.MethodGet, "/api/jobs/"+job+"/status", "", &s)
	return s, err
}

// call sends a request that must succeed and reads its answer into out.
func (c *wire) call(method, path, body string, out any) error {
	c.out = fmt.Appendf(c.out[:0], "%s %s%sContent-Length: %d\r\n\r\n%s", method, path, c.head, len(body), body)
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return json.Unmarshal(text, out)
}
