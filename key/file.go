package key

import (
	"crypto"
	"crypto/x509"
	"slices"
	"strconv"
	"strings"
)

// What an entry is.
const (
	kindPrivate     = "private key"
	kindSecret      = "HMAC secret"
	kindCertificate = "certificate"
	kindPublic      = "public key"
	kindOther       = "other"
)

// file is an opened key file: entries that are known, and may need unlocking.
type file struct {
	format  string
	named   bool // the entries have names, so that an alias can choose one
	entries []entry
	certs   []*x509.Certificate // beside the entries, of no particular one
	account *Account
	notes   []string
	locked  string // what could not be looked into without a password, for Inspect
}

// entry is one thing in a file.
type entry struct {
	alias  string
	format string // where it differs from the file's
	kind   string
	what   string // the kind in words where kind says too little
	id     string
	public crypto.PublicKey // where it is known without unlocking
	certs  []*x509.Certificate
	unlock func() (*private, error) // nil for what is no key
}

// opener is one call of Parse, ParseCertificates or Inspect.
type opener struct {
	o            Options
	budget       budget
	notes        []string
	inspect      bool // go on without a password as far as possible
	certificates bool // only certificates are wanted
}

func (p *opener) note(notes ...string) {
	for _, n := range notes {
		if !slices.Contains(p.notes, n) {
			p.notes = append(p.notes, n)
		}
	}
}

func (p *opener) single(format string, e entry) *file {
	return &file{format: format, entries: []entry{e}}
}

// password is the one of a file that has only one; people put it in either field.
func (p *opener) password() string {
	if p.o.Password.IsZero() {
		return p.o.KeyPassword.Reveal()
	}
	return p.o.Password.Reveal()
}

func always(pr *private) func() (*private, error) {
	return func() (*private, error) { return pr, nil }
}

// Parse reads the private key (or the HMAC secret) of a key file, whose format
// it recognises by content. The error is a *Error that names the culprit; see
// Culprit for the list.
func Parse(data []byte, o Options) (*Key, error) {
	p := &opener{o: o}
	f, err := p.open(data)
	if err != nil {
		return nil, err
	}
	e, err := f.choose(o.Alias)
	if err != nil {
		return nil, err
	}
	if o.Alias != "" && !f.named {
		p.note("the file names no entries; the alias was not used")
	}
	return p.key(f, e)
}

// key unlocks e and gives it its certificates.
func (p *opener) key(f *file, e *entry) (*Key, error) {
	pr, err := e.unlock()
	if err != nil {
		return nil, err
	}
	k := &Key{Format: f.format, Alias: e.alias, ID: e.id, Account: f.account, private: pr}
	if e.format != "" {
		k.Format = e.format
	}
	if pr.signer != nil {
		certs := slices.Concat(e.certs, f.certs)
		if len(certs) > 0 {
			if k.Certificates, err = chainFor(pr.signer.Public(), certs); err != nil {
				return nil, err
			}
			if len(e.certs) > 0 && e.certs[0] != k.Certificates[0] || len(e.certs) == 0 && f.certs[0] != k.Certificates[0] {
				p.note("the certificates were put in order, leaf first")
			}
		}
	}
	if !p.o.Password.IsZero() && !p.budget.used {
		p.note("the file is not encrypted; the password was not used")
	}
	k.Notes = slices.Concat(f.notes, p.notes)
	return k, nil
}

// choose finds the entry that alias names, or the only key.
func (f *file) choose(alias string) (*entry, error) {
	if alias != "" && f.named {
		e := f.find(alias)
		if e == nil {
			return nil, f.keyAliasError("there is no entry "+quote(alias), "use one of them as alias")
		}
		if e.unlock == nil {
			return nil, f.keyAliasError("the entry "+quote(alias)+" is "+e.words()+" without a private key", "choose an entry with a private key")
		}
		if f.twice(e.alias) {
			return nil, f.keyAliasError("several keys have the name "+quote(alias), "give each key a name of its own")
		}
		return e, nil
	}
	var only *entry
	n := 0
	for i := range f.entries {
		if f.entries[i].unlock != nil {
			only = &f.entries[i]
			n++
		}
	}
	switch {
	case n == 1:
		return only, nil
	case n > 1 && f.named:
		return nil, f.keyAliasError("the file holds "+strconv.Itoa(n)+" keys", "choose one with the alias")
	case n > 1:
		return nil, f.keyAliasError("the file holds "+strconv.Itoa(n)+" keys and no names to choose by", "keep one key in the file")
	case f.named && len(f.entries) > 0:
		return nil, f.aliasError("the store holds no private key, only "+f.entries[0].words(), "export it with its private key")
	}
	return nil, isNot(f.found(), "give the private key")
}

// twice reports whether more than one key has the name.
func (f *file) twice(alias string) bool {
	n := 0
	for _, e := range f.entries {
		if e.unlock != nil && e.alias == alias {
			n++
		}
	}
	return n > 1
}

// find prefers the exact name to one that differs in case: JKS folds its
// aliases, a JWK kid does not.
func (f *file) find(alias string) *entry {
	for i := range f.entries {
		if f.entries[i].alias == alias && f.entries[i].unlock != nil {
			return &f.entries[i]
		}
	}
	for i := range f.entries {
		if f.entries[i].alias == alias {
			return &f.entries[i]
		}
	}
	if f.format == "jwk" {
		return nil
	}
	for i := range f.entries {
		if strings.EqualFold(f.entries[i].alias, alias) {
			return &f.entries[i]
		}
	}
	return nil
}

// aliasError lists all entries: any of them may be meant.
func (f *file) aliasError(problem, fix string) *Error {
	return f.listed(problem, fix, func(entry) bool { return true })
}

// keyAliasError lists the keys, the only entries that can be chosen, or all
// entries where there is no key.
func (f *file) keyAliasError(problem, fix string) *Error {
	isKey := func(e entry) bool { return e.unlock != nil }
	if !slices.ContainsFunc(f.entries, isKey) {
		return f.aliasError(problem, fix)
	}
	return f.listed(problem, fix, isKey)
}

func (f *file) listed(problem, fix string, wanted func(entry) bool) *Error {
	e := fail(Alias, fix, "%s", problem)
	for i, en := range f.entries {
		name := en.alias
		if !f.named {
			name = strconv.Itoa(i+1) + ": " + en.words()
		}
		if wanted(en) {
			e.Aliases = append(e.Aliases, name)
		}
	}
	return e
}

// words is the entry with its article.
func (e *entry) words() string {
	switch {
	case e.what != "":
		return e.what
	case e.kind == kindSecret:
		return "an HMAC secret"
	case e.kind == kindPrivate:
		if family, _ := describePublic(e.public); family != "" {
			return "a private key (" + family + ")"
		}
	}
	return "a " + e.kind
}

// found names the file by the first thing in it.
func (f *file) found() string {
	switch {
	case len(f.entries) > 0:
		return f.entries[0].words()
	case len(f.certs) > 0:
		return "a certificate"
	}
	return "a file without a key"
}

// certificates of the entry alias, of the only key, or all.
func (f *file) certificates(alias string) ([]*x509.Certificate, error) {
	if alias != "" && f.named {
		e := f.find(alias)
		if e == nil {
			return nil, f.aliasError("there is no entry "+quote(alias), "use one of them as alias")
		}
		return e.certs, nil
	}
	var all, keys []*x509.Certificate
	n := 0
	for _, e := range f.entries {
		all = append(all, e.certs...)
		if e.unlock != nil {
			n++
			keys = append(keys, e.certs...)
		}
	}
	if n == 1 && len(keys) > 0 {
		return append(keys, f.certs...), nil
	}
	return append(all, f.certs...), nil
}
