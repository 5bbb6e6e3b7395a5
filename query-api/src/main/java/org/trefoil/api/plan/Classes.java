package org.trefoil.api.plan;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Equivalence classes that grow by uniting two elements (union-find). */
final class Classes<T> {
  private final Map<T, T> parents = new LinkedHashMap<>();

  void add(T element) {
    parents.putIfAbsent(element, element);
  }

  boolean contains(T element) {
    return parents.containsKey(element);
  }

  /** The element that stands for the class of {@code element}, which is added if it is new. */
  T find(T element) {
    add(element);
    T root = element;
    while (!parents.get(root).equals(root)) {
      root = parents.get(root);
    }
    return root;
  }

  void unite(T a, T b) {
    T root = find(a);
    parents.put(find(b), root);
  }

  boolean same(T a, T b) {
    return find(a).equals(find(b));
  }

  /** The members of the class of {@code element}, in the order of their first mention. */
  List<T> members(T element) {
    T root = find(element);
    return parents.keySet().stream().filter(e -> find(e).equals(root)).toList();
  }
}
