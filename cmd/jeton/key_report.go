package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
)

// lockedError is the exit code when the password that was given did not help.
func lockedError(r *key.Report, given bool) error {
	if !given && !r.WrongPassword {
		return nil
	}
	for _, e := range r.Entries {
		if e.Culprit == key.Password || e.Culprit == key.KeyPassword {
			return jeton.NewError(jeton.KeyUnusable, jeton.StageKey, e.Problem)
		}
	}
	if r.NeedsPassword {
		return jeton.NewError(jeton.KeyUnusable, jeton.StageKey, "the password does not open everything in the file")
	}
	return nil
}

// lockedText says what could not be looked into, and why.
func lockedText(r *key.Report) string {
	what, flag := r.Locked, "--password"
	for _, e := range r.Entries {
		if what == "" && e.Culprit == key.KeyPassword {
			flag = "--key-password"
		}
	}
	if what == "" {
		what = "part of the file"
	}
	switch {
	case r.WrongPassword:
		return what + ": the password is wrong"
	case r.NeedsPassword:
		return what + ": give the password with " + flag
	}
	return ""
}

// keyReportText shows the report to a person.
func keyReportText(w io.Writer, r *key.Report, now time.Time) {
	fmt.Fprintf(w, "format: %s\n", safe(r.Description))
	if locked := lockedText(r); locked != "" {
		fmt.Fprintf(w, "locked: %s\n", safe(locked))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", safe(note))
	}
	if a := r.Account; a != nil {
		accountText(w, a)
	}
	for _, e := range r.Entries {
		title := e.Kind
		if e.Alias != "" {
			title += " " + strconv.Quote(e.Alias)
		}
		fmt.Fprintf(w, "\n%s\n", safe(title))
		table(w, "  ", entryRows(e, now))
	}
}

func entryRows(e key.Entry, now time.Time) [][]string {
	var rows [][]string
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	if e.Type != "" {
		add("type", fmt.Sprintf("%s, %d bits", e.Type, e.Bits))
	}
	add("algorithms", strings.Join(e.Algorithms, ", "))
	add("kid", e.ID)
	add("thumbprint", e.Thumbprint)
	add("problem", e.Problem)
	for i, c := range e.Certificates {
		name := "certificate"
		if i > 0 {
			name = "issued by"
		}
		add(name, c.Subject)
		if i == 0 {
			add("issuer", c.Issuer)
			add("serial", c.Serial)
		}
		add("valid", c.NotBefore.Format(time.DateOnly)+" to "+c.NotAfter.Format(time.DateOnly)+validity(c, now))
		if i == 0 {
			add("x5t", c.X5T)
			add("x5t#S256", c.X5TS256)
			add("SHA-1", c.Fingerprint)
			add("SHA-256", c.FingerprintS2)
		}
	}
	return rows
}

func validity(c key.CertificateInfo, now time.Time) string {
	switch left := c.NotAfter.Sub(now); {
	case now.Before(c.NotBefore):
		return " (NOT VALID YET)"
	case left <= 0:
		return " (EXPIRED)"
	case left < 60*24*time.Hour:
		return fmt.Sprintf(" (expires in %s)", count(int(left/(24*time.Hour)), "day"))
	}
	return ""
}

func accountText(w io.Writer, a *key.Account) {
	var rows [][]string
	for _, v := range [][]string{
		{"vendor", a.Vendor}, {"client email", a.ClientEmail}, {"client id", a.ClientID}, {"token uri", a.TokenURI},
		{"project", a.ProjectID}, {"universe", a.Universe}, {"enterprise", a.Enterprise},
		{"certificate url", a.CertURL}, {"url", a.URL}, {"identity zone", a.IdentityZone},
	} {
		if v[1] != "" {
			rows = append(rows, v)
		}
	}
	if !a.ClientSecret.IsZero() {
		rows = append(rows, []string{"client secret", a.ClientSecret.String()})
	}
	fmt.Fprintln(w, "\naccount")
	table(w, "  ", rows)
}
