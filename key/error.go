package key

import (
	"fmt"
	"strconv"
	"strings"
)

// Culprit says which of the things that somebody typed, chose or uploaded is to
// blame. The values are stable: forms map them to a field, tests compare them.
type Culprit string

// The culprits.
const (
	Password    Culprit = "password"     // of the store or the file: missing or wrong
	KeyPassword Culprit = "key_password" // of one key inside a store whose own password is right
	Alias       Culprit = "alias"        // no such entry, several entries, or an entry without a key
	Format      Culprit = "format"       // not a private key; Error.Found names what it is
	Strength    Culprit = "strength"     // too short, even modulus, exponent 1, no MAC
	Algorithm   Culprit = "algorithm"    // the key is fine, but not for this JWS algorithm or header
	Certificate Culprit = "certificate"  // missing, damaged, or of another key
	Limit       Culprit = "limit"        // a file that asks for more work or memory than a key file may
	Damaged     Culprit = "damaged"      // the right format, but cut off or changed
	Unsupported Culprit = "unsupported"  // known by name, and not implemented
)

// Error is every failure of this package. Problem and Fix are lower case
// sentences for the person who owns the key; neither they nor a wrapped error
// hold a password or bytes of the file.
type Error struct {
	Culprit Culprit
	Problem string   // what is wrong: "the password is wrong"
	Fix     string   // what to change
	Found   string   // Culprit Format: what it is instead, with its article: "a certificate"
	Aliases []string // Culprit Alias: the entries that there are
	missing bool     // Culprit Password, KeyPassword: none was given, as opposed to a wrong one
	err     error
}

// maxListed bounds the aliases that a message lists.
const maxListed = 20

// Error returns the problem, the aliases there are, and the fix.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Problem)
	if len(e.Aliases) > 0 {
		b.WriteString("; there are: ")
		for i, a := range e.Aliases {
			if i > 0 {
				b.WriteString(", ")
			}
			if i == maxListed {
				fmt.Fprintf(&b, "and %d more", len(e.Aliases)-i)
				break
			}
			b.WriteString(quote(a))
		}
	}
	if e.Fix != "" {
		b.WriteString("; " + e.Fix)
	}
	return b.String()
}

// Unwrap returns the error of the crypto library, where there was one.
func (e *Error) Unwrap() error { return e.err }

func fail(c Culprit, fix, format string, args ...any) *Error {
	return &Error{Culprit: c, Problem: fmt.Sprintf(format, args...), Fix: fix}
}

func damaged(format string, args ...any) *Error {
	return fail(Damaged, "export or copy the file again", format, args...)
}

func unsupported(fix, format string, args ...any) *Error {
	return fail(Unsupported, fix, format, args...)
}

// isNot is the error for a file that is something else than a private key.
func isNot(found, fix string) *Error {
	e := fail(Format, fix, "this is %s, not a private key", found)
	e.Found = found
	return e
}

func needsPassword(what string) *Error {
	e := fail(Password, "give the password", "%s is encrypted and needs a password", what)
	e.missing = true
	return e
}

const passwordFix = "check the password: case, white space at its end, and that it is the one of this file"

func wrongPassword(what string) *Error {
	return fail(Password, passwordFix, "the password is wrong: it does not open %s", what)
}

// count is a number with its noun: 1 byte, 2 bytes.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// quote shows a name of an entry: control characters escaped, a page shortened.
func quote(name string) string {
	if len(name) > 100 {
		name = name[:100] + "..."
	}
	return strconv.Quote(name)
}
