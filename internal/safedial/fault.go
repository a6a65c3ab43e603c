package safedial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// errTimeout is the cause of a context that ran out of the request's own time.
var errTimeout = errors.New("request timed out")

// refuse makes the fault of an address that may not be reached. It is Forbidden,
// so that nothing retries it.
func refuse(format string, args ...any) *fault.Error {
	return fault.New(fault.Forbidden, fault.CodeAddressRefused, "The address was refused: %s.", fmt.Sprintf(format, args...))
}

// lookupFault classes a failed name lookup: a name that does not exist is the
// author's mistake, all else may pass.
func lookupFault(ctx context.Context, host string, err error) error {
	if ended := endedFault(ctx, fault.NotSent); ended != nil {
		return ended
	}
	var dns *net.DNSError
	if err == nil || errors.As(err, &dns) && dns.IsNotFound {
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream,
			"The host %q does not exist (no address was found). Check the URL.", host)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The host %q could not be looked up.", host)
}

// dialFault classes a connection that could not be opened: nothing was sent.
func dialFault(ctx context.Context, host string, err error) error {
	if ended := endedFault(ctx, fault.NotSent); ended != nil {
		return ended
	}
	var own *fault.Error
	if errors.As(err, &own) {
		return own
	}
	var nerr net.Error
	switch {
	case err == nil:
		return fault.New(fault.Unavailable, fault.CodeUpstream, "The host %q has no address of the kind asked for.", host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The service refused the connection - perhaps it is offline")
	case errors.As(err, &nerr) && nerr.Timeout():
		return fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The connection to %q timed out.", host)
	default:
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The connection to %q could not be opened.", host)
	}
}

// handshakeFault classes a failed TLS handshake: nothing of the request was sent.
func handshakeFault(ctx context.Context, host string, err error) error {
	if ended := endedFault(ctx, fault.NotSent); ended != nil {
		return ended
	}
	var cert *tls.CertificateVerificationError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &cert), errors.As(err, &name):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream,
			"The certificate of %q is not valid: %s. To connect anyway, turn on 'Ignore SSL Issues'.", host, certProblem(err))
	case errors.As(err, &record):
		return fault.Wrap(err, fault.Invalid, fault.CodeUpstream, "The server at %q does not speak TLS on this port.", host)
	default:
		return fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The TLS handshake with %q failed.", host)
	}
}

func certProblem(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "it is signed by an unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired or is not yet valid"
	default:
		return "it does not belong to this host"
	}
}

// sendFault classes the failure of a request on an open connection. sent says
// whether any byte of it may have reached the other side.
func sendFault(ctx context.Context, host string, sent bool, err error) error {
	outcome := fault.NotSent
	if sent {
		outcome = fault.Unknown
	}
	if ended := endedFault(ctx, outcome); ended != nil {
		return ended
	}
	var own *fault.Error
	if errors.As(err, &own) {
		return own
	}
	var nerr net.Error
	f := fault.Wrap(err, fault.Unavailable, fault.CodeUpstream,
		"The connection to %q was closed unexpectedly before an answer came.", host)
	if errors.As(err, &nerr) && nerr.Timeout() {
		f = fault.Wrap(err, fault.Timeout, fault.CodeNodeTimeout, "The connection to %q timed out.", host)
	}
	f.Outcome = outcome
	return f
}

// endedFault returns the fault of a context that has ended, or nil.
func endedFault(ctx context.Context, outcome fault.Outcome) *fault.Error {
	var f *fault.Error
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return nil
	case errors.Is(cause, errTimeout), errors.Is(cause, context.DeadlineExceeded):
		f = fault.Wrap(cause, fault.Timeout, fault.CodeNodeTimeout, "The connection timed out, consider setting the 'Retry on Fail' option in the node settings")
	default:
		f = fault.Wrap(cause, fault.Cancelled, fault.CodeCancelled, "The request was cancelled.")
	}
	f.Outcome = outcome
	return f
}
