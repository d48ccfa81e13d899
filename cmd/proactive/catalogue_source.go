package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"proactive/registry"
	"proactive/registry/library"
)

// catalogueSource is where a catalogue is read from: files, or cases of the base library.
type catalogueSource struct {
	paths    []string // "-" is the standard input
	library  bool
	cases    []string // of the library; empty: all
	deploy   bool
	provider string
}

func (s *catalogueSource) flags(f *pflag.FlagSet) {
	f.StringArrayVarP(&s.paths, "file", "f", nil, "a file of the catalogue, or - for the standard input; repeatable")
	f.BoolVar(&s.library, "library", false, "the base library instead of files: all cases, or those that are named as arguments")
	f.BoolVar(&s.deploy, "deploy", false, "with --library: deploy the cases, so that they can be reported")
	f.StringVar(&s.provider, "provider", library.Provider, "with --library: the provider whose issues the cases become")
}

// args are what stands behind the flags: cases of the library, or further files.
func (s *catalogueSource) args(more []string) {
	if s.library {
		s.cases = more
		return
	}
	s.paths = append(s.paths, more...)
}

func (s *catalogueSource) read(o registry.Options, in io.Reader, warn io.Writer) (*registry.Catalogue, error) {
	switch {
	case s.library && (o.Prune || o.PrunePeople):
		return nil, errors.New("--prune is for files: beside --library it would take away every issue that is not of the library")
	case s.library && len(s.paths) > 0:
		return nil, errors.New("--library stands beside -f: apply the one, and then the other")
	case s.library:
		return library.Read(s.provider, s.deploy, s.cases...)
	case s.deploy:
		return nil, errors.New("--deploy is for --library: in a file write deployed: true")
	case len(s.paths) == 0:
		return nil, errors.New("no catalogue is named: name a file with -f FILE, or -f - for the standard input, or use --library")
	}
	return readCatalogue(s.paths, in, warn)
}

// maxCatalogue bounds all files together, in bytes. To compare them with the database takes some twenty times as much memory.
const maxCatalogue = 128 << 20

func readCatalogue(paths []string, in io.Reader, warn io.Writer) (*registry.Catalogue, error) {
	var files []registry.File
	size := 0
	for _, path := range paths {
		file, err := readFile(path, in)
		if err != nil {
			return nil, err
		}
		if size += len(file.Data); size > maxCatalogue {
			return nil, fmt.Errorf("the files have more than %d MiB together: take some at a time, and --prune or --prune-people only with all files of a section", maxCatalogue>>20)
		}
		files = append(files, file)
	}
	catalogue, warnings, err := registry.Read(files...)
	printProblems(warn, warnings)
	return catalogue, err
}

// readFile reads one byte more than registry.Read takes, so that it says which file is too large.
func readFile(path string, in io.Reader) (registry.File, error) {
	name := path
	if path == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return registry.File{}, fmt.Errorf("cannot read the catalogue: %w", err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return registry.File{}, fmt.Errorf("cannot read the catalogue: %s is a folder: name its files, as in -f %s", path, filepath.Join(path, "*.yaml"))
		}
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, registry.MaxFileSize+1))
	if err != nil {
		return registry.File{}, fmt.Errorf("cannot read the catalogue: %w", err)
	}
	return registry.File{Name: name, Data: data}, nil
}

// libraryHelp lists the cases of the base library.
func libraryHelp() string {
	var b strings.Builder
	b.WriteString("The cases of the base library, which --library names:\n")
	for _, c := range library.Cases() {
		fmt.Fprintf(&b, "  %-18s  %s\n", c.Name, c.About)
	}
	return b.String()
}
