package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * What an approval depends on besides the proposal. Whoever checks an approval makes the binding of
 * its own place and compares: a difference in any field is refused.
 *
 * @param tables digest of schema and policy by {@code owner.table}, of every table of the plan
 * @param keys ids of the signing keys, joined by commas, by role: the three executors, the owners
 *     and the recipients
 * @param cluster the name of the cluster
 * @param mode {@code authorized}
 * @param model the security model: {@code semi-honest}
 * @param software what runs the plan
 */
public record Binding(
    SortedMap<String, String> tables,
    SortedMap<String, String> keys,
    String cluster,
    String mode,
    String model,
    String software) {
  public static final String MODE = "authorized";
  public static final String MODEL = "semi-honest";

  private static final Pattern WORD = Pattern.compile("[\\w.:+-]{1,100}");

  public Binding {
    tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
    keys = Collections.unmodifiableSortedMap(new TreeMap<>(keys));
  }

  static Binding read(Fields in) {
    return new Binding(
        in.map("tables"),
        in.map("keys"),
        in.text("cluster", WORD),
        in.text("mode", WORD),
        in.text("model", WORD),
        in.text("software", WORD));
  }

  void write(ObjectNode out) {
    ObjectNode tableNode = out.putObject("tables");
    tables.forEach(tableNode::put);
    ObjectNode keyNode = out.putObject("keys");
    keys.forEach(keyNode::put);
    out.put("cluster", cluster);
    out.put("mode", mode);
    out.put("model", model);
    out.put("software", software);
  }

  /**
   * Returns if this, which was approved, is what is {@code here}.
   *
   * @throws TrefoilException OTHER_CLUSTER, OTHER_MODE, OTHER_MODEL, OTHER_SOFTWARE, OTHER_KEYS or
   *     POLICY_CHANGED
   */
  void require(Binding here, String whose) {
    same(Condition.OTHER_CLUSTER, whose, "cluster", cluster, here.cluster);
    same(Condition.OTHER_MODE, whose, "mode", mode, here.mode);
    same(Condition.OTHER_MODEL, whose, "security model", model, here.model);
    same(Condition.OTHER_SOFTWARE, whose, "software", software, here.software);
    same(Condition.OTHER_KEYS, whose, "keys of", keys, here.keys);
    same(Condition.POLICY_CHANGED, whose, "schema or policy of", tables, here.tables);
  }

  private static void same(
      Condition condition, String whose, String what, String approved, String here) {
    if (!approved.equals(here)) {
      throw new TrefoilException(
          condition,
          "Cannot use the approval of "
              + whose
              + ": it is for "
              + what
              + " "
              + approved
              + ", and here is "
              + here
              + ". Have the proposal approved again.");
    }
  }

  private static void same(
      Condition condition,
      String whose,
      String what,
      SortedMap<String, String> approved,
      SortedMap<String, String> here) {
    TreeMap<String, String> all = new TreeMap<>(approved);
    all.putAll(here);
    for (String name : all.keySet()) {
      String was = approved.get(name);
      if (was == null || !was.equals(here.get(name))) {
        throw new TrefoilException(
            condition,
            "Cannot use the approval of "
                + whose
                + ": the "
                + what
                + " "
                + name
                + " is not what was approved. Have the proposal approved again.");
      }
    }
  }
}
