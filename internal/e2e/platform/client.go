package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// Client speaks the API as one tenant or as the operator.
type Client struct {
	URL, Key string
	HTTP     *http.Client
}

// As returns a client with the key of a tenant ("dev-free", …) or "operator".
func (p *Platform) As(name string) *Client {
	return &Client{URL: p.URL, Key: p.Keys[name], HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
}

// Answer is a response with its body.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON reads the body into v.
func (a Answer) JSON(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return fmt.Errorf("status %d, %w: %.200s", a.Status, err, a.Body)
	}
	return nil
}

// Do sends a request; body may be nil, bytes, or anything that becomes JSON.
func (c *Client) Do(ctx context.Context, method, path string, body any, header ...string) (Answer, error) {
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return Answer{}, err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, in)
	if err != nil {
		return Answer{}, err
	}
	if c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.Key)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header, out}, err
}

// Call is Do for a request that must succeed; the answer is read into out.
func (c *Client) Call(ctx context.Context, method, path string, body, out any, header ...string) error {
	a, err := c.Do(ctx, method, path, body, header...)
	if err != nil {
		return err
	}
	if a.Status >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, a.Status, a.Body)
	}
	if out == nil {
		return nil
	}
	return a.JSON(out)
}

// Create saves a workflow and returns its id.
func (c *Client) Create(ctx context.Context, workflow []byte) (string, error) {
	var made struct{ ID string }
	err := c.Call(ctx, http.MethodPost, "/api/workflows", workflow, &made)
	return made.ID, err
}

// Job is a job's status as the API tells it.
type Job struct {
	JobID    string
	Status   string
	Position int
	Progress struct{ Completed, Total, Percent int }
	FailedAt string
	Error    *struct{ Code, Message string }
	Output   []any
}

// Ended reports whether the job is over.
func (j Job) Ended() bool {
	return j.Status == "completed" || j.Status == "failed" || j.Status == "cancelled"
}

// Run starts a run and returns the job's id.
func (c *Client) Run(ctx context.Context, workflow string, body any, header ...string) (string, error) {
	if body == nil {
		body = struct{}{}
	}
	var job struct{ JobID string }
	err := c.Call(ctx, http.MethodPost, "/api/workflows/"+workflow+"/run", body, &job, header...)
	return job.JobID, err
}

// Status asks for a job.
func (c *Client) Status(ctx context.Context, job string) (Job, error) {
	var j Job
	err := c.Call(ctx, http.MethodGet, "/api/jobs/"+job+"/status", nil, &j)
	return j, err
}

// Await polls until the job has ended or the condition holds.
func (c *Client) Await(ctx context.Context, job string, until func(Job) bool) (Job, error) {
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		j, err := c.Status(ctx, job)
		if err != nil || until(j) {
			return j, err
		}
		if err := clock.Sleep(ctx, clock.Real(), wait); err != nil {
			return j, fmt.Errorf("job %s is still %s: %w", job, j.Status, err)
		}
	}
}
