package org.trefoil.arrow.cluster;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Who makes a call, as proven by a certificate (in embedded mode: as configured). One organisation
 * may be several things at once, so a principal has a set of roles.
 */
public record Principal(Set<Role> roles) {
  public Principal {
    roles = Set.copyOf(roles);
    if (roles.isEmpty()) {
      throw new IllegalArgumentException("a principal has a role");
    }
  }

  public static Principal of(Role... roles) {
    return new Principal(Set.of(roles));
  }

  public boolean is(Role role) {
    return roles.contains(role);
  }

  /** Whether it speaks for that owner. */
  public boolean owns(String owner) {
    return is(Role.owner(owner));
  }

  /** The name it asks queries under, if it is an analyst. */
  public Optional<String> analyst() {
    return roles.stream()
        .filter(role -> role.kind() == Role.Kind.ANALYST)
        .map(Role::name)
        .sorted()
        .findFirst();
  }

  /** The name it contributes rows under, if it is a contributor. */
  public Optional<String> contributor() {
    return roles.stream()
        .filter(role -> role.kind() == Role.Kind.CONTRIBUTOR)
        .map(Role::name)
        .sorted()
        .findFirst();
  }

  /** The owners that it speaks for. */
  public Set<String> owners() {
    return roles.stream()
        .filter(role -> role.kind() == Role.Kind.OWNER)
        .map(Role::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The executor that it is, if any. */
  public OptionalInt party() {
    return roles.stream()
        .filter(role -> role.kind() == Role.Kind.PARTY)
        .mapToInt(role -> Integer.parseInt(role.name()))
        .findFirst();
  }

  /** The roles in alphabetical order, as messages print them: {@code analyst:hq, owner:north}. */
  @Override
  public String toString() {
    return roles.stream().map(Role::toString).sorted().collect(Collectors.joining(", "));
  }
}
