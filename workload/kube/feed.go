package kube

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

// feed keeps one resource of one namespace in the index. It is the store that
// a reflector writes to; only that reflector's goroutine calls it.
type feed struct {
	health  *health
	example runtime.Object
	list    cache.ListWithContextFunc
	watch   cache.WatchFuncWithContext
	// client is asked whether it can stream lists; test clients cannot.
	client any

	// strip takes away in place what put does not read, so that a long list
	// is never in memory as a whole. Stripping twice changes nothing more.
	strip func(obj any)
	put   func(obj any)
	drop  func(types.NamespacedName)

	seen map[types.NamespacedName]struct{}
}

// run lists and watches until ctx ends, backing off up to a minute on errors.
func (f *feed) run(ctx context.Context) {
	f.seen = map[types.NamespacedName]struct{}{}
	lw := cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc:  f.listed,
		WatchFuncWithContext: f.watched,
	}, f.client)
	// What is worth a log line is logged by health, once; the reflector would
	// repeat it at every attempt. The zero Logger discards.
	quiet := klog.Logger{}
	reflector := cache.NewReflectorWithOptions(lw, f.example, f, cache.ReflectorOptions{
		Name:   f.health.name,
		Logger: &quiet,
	})
	delay := wait.Backoff{Duration: time.Second, Factor: 2, Jitter: 1, Steps: 6, Cap: 30 * time.Second}.
		DelayWithReset(clock.RealClock{}, 2*time.Minute)
	// The reflector's own loop would hand errors to a process-wide handler.
	// Until returns only when ctx has ended, with that as its error.
	_ = delay.Until(klog.NewContext(ctx, quiet), true, true, func(ctx context.Context) (done bool, err error) {
		if err := reflector.ListAndWatchWithContext(ctx); err != nil {
			f.health.note(err)
		}
		return false, nil
	})
}

// listed lists one page, stripped.
func (f *feed) listed(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
	page, err := f.list(ctx, opts)
	f.health.note(err)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", f.health.name, err)
	}
	err = meta.EachListItem(page, func(obj runtime.Object) error {
		f.strip(obj)
		return nil
	})
	return page, err
}

// watched opens a watch.
func (f *feed) watched(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
	w, err := f.watch(ctx, opts)
	// An API server that cannot stream lists (before 1.34) says so; the
	// reflector then lists, and nothing is wrong.
	streaming := opts.SendInitialEvents != nil && (apierrors.IsInvalid(err) || apierrors.IsBadRequest(err))
	if !streaming {
		f.health.note(err)
	}
	return w, err
}

// Add takes an object that appeared.
func (f *feed) Add(obj any) error { return f.Update(obj) }

// Update takes an object that appeared or changed.
func (f *feed) Update(obj any) error {
	name, err := nameOf(obj)
	if err != nil {
		return err
	}
	f.seen[name] = struct{}{}
	f.put(obj)
	return nil
}

// Delete forgets an object.
func (f *feed) Delete(obj any) error {
	name, err := nameOf(obj)
	if err != nil {
		return err
	}
	delete(f.seen, name)
	f.drop(name)
	return nil
}

// Replace takes all objects there are.
func (f *feed) Replace(objs []any, _ string) error {
	before := f.seen
	f.seen = make(map[types.NamespacedName]struct{}, len(objs))
	for _, obj := range objs {
		if err := f.Update(obj); err != nil {
			return err
		}
	}
	for name := range before {
		if _, still := f.seen[name]; !still {
			f.drop(name)
		}
	}
	f.health.sync()
	return nil
}

// Resync does nothing: the index derives nothing that could have drifted.
func (f *feed) Resync() error { return nil }

// Transformer lets the reflector strip objects of a streamed list on arrival.
func (f *feed) Transformer() cache.TransformFunc {
	return func(obj any) (any, error) {
		f.strip(obj)
		return obj, nil
	}
}

func nameOf(obj any) (types.NamespacedName, error) {
	m, err := meta.Accessor(obj)
	if err != nil {
		return types.NamespacedName{}, fmt.Errorf("read the name of a %T: %w", obj, err)
	}
	return types.NamespacedName{Namespace: m.GetNamespace(), Name: m.GetName()}, nil
}
