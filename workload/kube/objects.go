package kube

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// objects is what a feed does with the objects of one kind.
type objects[O runtime.Object] struct {
	example O
	strip   func(O) // cuts an object down the moment it arrives
	put     func(O)
	drop    func(types.NamespacedName)
}

// api is the part of a typed client that a feed needs; L is its list.
type api[L runtime.Object] interface {
	List(ctx context.Context, opts metav1.ListOptions) (L, error)
	Watch(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error)
}

// typed returns a feed of the objects a typed client watches.
func typed[O, L runtime.Object](c *Cluster, h *health, from api[L], k objects[O]) *feed {
	only := func(do func(O)) func(any) {
		return func(obj any) {
			if o, ok := obj.(O); ok {
				do(o)
			}
		}
	}
	return &feed{
		health:  h,
		example: k.example,
		client:  c.clients.Kube,
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			return from.List(ctx, opts)
		},
		watch: from.Watch,
		strip: only(k.strip),
		put:   only(k.put),
		drop:  k.drop,
	}
}
