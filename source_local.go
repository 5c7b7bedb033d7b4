package jeton

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The limits of what a local source may give.
const (
	maxSourceFile    = 1 << 20
	maxCommandOutput = 64 << 10
	commandTimeout   = 30 * time.Second
)

// LocalSources is what the command line allows: environment variables; regular
// files and pipes (such as /dev/fd/3) of up to 1 MiB; commands, run in dir
// without a shell, for 30 seconds and 64 KiB of output at most. What a command
// writes to standard error is not shown, as it may hold secrets.
func LocalSources(dir string) Sources {
	return Sources{
		Dir:      dir,
		Env:      os.LookupEnv,
		ReadFile: func(path string) ([]byte, error) { return readBounded(path, maxSourceFile) },
		Run:      func(ctx context.Context, argv []string) ([]byte, error) { return runBounded(ctx, dir, argv) },
	}
}

// readBounded reads a file or a pipe of up to limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil, sourceError("is a directory")
	case !mode.IsRegular() && mode&(fs.ModeNamedPipe|fs.ModeCharDevice) == 0:
		return nil, sourceError("is neither a regular file nor a pipe")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, sourceError("larger than " + strconv.FormatInt(limit>>20, 10) + " MiB")
	}
	return data, nil
}

func runBounded(ctx context.Context, dir string, argv []string) ([]byte, error) {
	if len(argv) == 0 || argv[0] == "" {
		return nil, sourceError("no program is named")
	}
	program := argv[0]
	if strings.ContainsAny(program, `/\`) && !filepath.IsAbs(program) {
		absolute, err := filepath.Abs(filepath.Join(dir, program))
		if err != nil {
			return nil, err
		}
		program = absolute
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	output := &boundedOutput{cancel: cancel}
	command := exec.CommandContext(ctx, program, argv[1:]...)
	command.Dir = dir
	command.Stdout = output
	command.WaitDelay = 2 * time.Second // a child of its own may hold the pipe open
	err := command.Run()
	switch {
	case output.exceeded:
		return nil, sourceError("more than " + strconv.Itoa(maxCommandOutput>>10) + " KiB of output")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, exec.ErrDot), errors.Is(err, fs.ErrNotExist):
		return nil, sourceError("the program is not found")
	case err != nil:
		return nil, err
	}
	return output.data, nil
}

// boundedOutput keeps the output of a command and ends it when it is too much.
type boundedOutput struct {
	data     []byte
	exceeded bool
	cancel   context.CancelFunc
}

func (o *boundedOutput) Write(p []byte) (int, error) {
	if len(o.data)+len(p) > maxCommandOutput {
		o.exceeded = true
		o.cancel()
		return 0, io.ErrShortWrite
	}
	o.data = append(o.data, p...)
	return len(p), nil
}
