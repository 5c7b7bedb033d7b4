package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError is a command line that cannot be understood: exit code 2.
type usageError struct {
	command string // the words up to the subcommand: "jeton token"
	problem string
}

func (e *usageError) Error() string { return e.problem }

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd.CommandPath(), fmt.Sprintf(format, args...)}
}

// flagError words what pflag refused. It leaves out the value that was given
// and the letters of a shorthand group, since either may be a secret.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		if unknown.GetSpecifiedShortnames() != "" {
			return usagef(cmd, "unknown flag -%s", safe(unknown.GetSpecifiedName()))
		}
		return usagef(cmd, "unknown flag --%s", safe(unknown.GetSpecifiedName()))
	case errors.As(err, &missing):
		return usagef(cmd, "flag %s needs a value", flagName(missing.GetFlag()))
	case errors.As(err, &invalid):
		return usagef(cmd, "flag %s: %s", flagName(invalid.GetFlag()), wanted(invalid.GetFlag()))
	}
	return usagef(cmd, "a flag is not written correctly")
}

func flagName(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand + "/--" + f.Name
	}
	return "--" + f.Name
}

func wanted(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "duration":
		return "the value is no duration; write for example 30s, 5m or a number of seconds"
	case "int":
		return "the value is no whole number"
	case "bool":
		return "the value is neither true nor false"
	}
	return "the value is not understood"
}

// durationFlag is a duration as everywhere in Jeton: a Go duration or seconds.
type durationFlag struct{ d *time.Duration }

// longest keeps seconds far from the overflow of a duration.
const longest = 10 * 365 * 24 * time.Hour

func (f *durationFlag) Set(s string) error {
	d, err := time.ParseDuration(s)
	if n, numErr := strconv.ParseInt(s, 10, 64); numErr == nil && n <= int64(longest/time.Second) {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d <= 0 || d > longest {
		return errors.New("no duration")
	}
	*f.d = d
	return nil
}

func (f *durationFlag) String() string { return f.d.String() }

// Type is what --help shows for the value.
func (f *durationFlag) Type() string { return "duration" }
