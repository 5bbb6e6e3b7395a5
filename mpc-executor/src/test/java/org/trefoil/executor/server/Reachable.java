package org.trefoil.executor.server;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;

/** Counts what an object graph holds, so that a test sees what a garbage collector would keep. */
final class Reachable {
  private Reachable() {}

  /** Elements of all {@code long[]} of at least {@code least} elements that root leads to. */
  static long longs(Object root, int least) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> queue = new ArrayDeque<>();
    queue.add(root);
    seen.add(root);
    long found = 0;
    while (!queue.isEmpty()) {
      Object o = queue.poll();
      if (o instanceof long[] array) {
        found += array.length >= least ? array.length : 0;
      } else if (o.getClass().isArray()) {
        if (!o.getClass().getComponentType().isPrimitive()) {
          for (int i = 0; i < Array.getLength(o); i++) {
            visit(Array.get(o, i), seen, queue);
          }
        }
      } else {
        for (Class<?> c = o.getClass(); c != null; c = c.getSuperclass()) {
          for (Field field : c.getDeclaredFields()) {
            follow(field, o, seen, queue);
          }
        }
      }
    }
    return found;
  }

  private static void follow(Field field, Object o, Set<Object> seen, Deque<Object> queue)
      throws IllegalAccessException {
    if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) {
      return;
    }
    try {
      field.setAccessible(true);
    } catch (InaccessibleObjectException e) {
      return;
    }
    visit(field.get(o), seen, queue);
  }

  private static void visit(Object o, Set<Object> seen, Deque<Object> queue) {
    if (o != null
        && !(o instanceof Class)
        && !(o instanceof ClassLoader)
        && !(o instanceof Thread)
        // Its pools of buffers are not ours to empty.
        && !o.getClass().getName().startsWith("io.netty.")
        && seen.add(o)) {
      queue.add(o);
    }
  }
}
