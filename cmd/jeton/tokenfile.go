package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

// tokenFile is the file of --file: what a token looks like is decided by -o.
type tokenFile struct{ path string }

// openTokenFile looks whether the file can be written, before a token is
// fetched in vain.
func openTokenFile(cmd *cobra.Command, path string) (*tokenFile, error) {
	f := &tokenFile{path}
	switch path {
	case "":
		return nil, usagef(cmd, "flag --file: the file needs a name")
	case "-":
		return nil, usagef(cmd, "flag --file: standard output is what 'jeton token' writes to without it; name a file")
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if here, err := os.Stat(path); err == nil {
		if document, err := os.Stat(documentPath(cmd)); err == nil && os.SameFile(here, document) {
			return nil, f.failure(errors.New("it is the connection document (that is -f; --file is where the token goes)"))
		}
	}
	draft, err := f.draft()
	if err != nil {
		return nil, err
	}
	draft.discard()
	return f, nil
}

// check refuses what is no file of ours. A symbolic link would be replaced, for
// the file comes into its place by its name, and whoever may write the folder
// of a link decides where it leads: it is for the user to name the target.
func (f *tokenFile) check() error {
	info, err := os.Lstat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return f.failure(err)
	case info.IsDir():
		return f.failure(errors.New("it is a folder; name a file in it"))
	case info.Mode()&fs.ModeSymlink != 0:
		target, _ := os.Readlink(f.path)
		return f.failure(fmt.Errorf("it is a symbolic link, which would be replaced; name its target (%s) or another file", target))
	case !info.Mode().IsRegular():
		return f.failure(errors.New("it is not a regular file"))
	}
	return nil
}

// spares refuses a file from which the document takes a key or a secret: the
// token would be put in its place.
func (f *tokenFile) spares(c *jeton.Connection, dir string) (err error) {
	here, missing := os.Stat(f.path)
	if missing != nil {
		return nil
	}
	c.EachSecret(func(p jeton.Parameter, s *jeton.SecretSource) {
		source := s.File
		if !filepath.IsAbs(source) {
			source = filepath.Join(dir, source)
		}
		if there, missing := os.Stat(source); s.File != "" && missing == nil && os.SameFile(here, there) {
			err = f.failure(fmt.Errorf("the document reads %s from it", p))
		}
	})
	return err
}

// failure names the flag and the file.
func (f *tokenFile) failure(err error) error {
	err = cause(err)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("there is no such folder; make it first")
	}
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, fmt.Sprintf("cannot write --file %s: %v", f.path, err))
}

func (f *tokenFile) draft() (*draft, error) {
	file, err := os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*.new") // mode 0600
	if err != nil {
		return nil, f.failure(err)
	}
	return &draft{file, f.path}, nil
}

// write puts the text in the place of the file in one step: a reader sees the
// old token or the new one, and no other user sees either.
func (f *tokenFile) write(text string) error {
	if err := f.check(); err != nil {
		return err
	}
	next, err := f.draft()
	if err != nil {
		return err
	}
	if err := next.replace([]byte(text)); err != nil {
		return f.failure(err)
	}
	return nil
}

// remove takes a dead token away. One that is gone already is no failure.
func (f *tokenFile) remove() error {
	err := f.check() // nothing but a file of ours is removed
	if err == nil {
		err = os.Remove(f.path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove --file %s: %w", f.path, cause(err))
	}
	return nil
}
