// Package remote speaks to tenants' own servers by FTP, SFTP and SSH, through the safe
// dialer: also FTP's data connections, whose address the server names.
//
// FTP sends the password in clear text, as the protocol does; SFTP does not. A server's
// host key is not known beforehand, so that any is taken, as in n8n, unless the
// credential names its fingerprint.
package remote
