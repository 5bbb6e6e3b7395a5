package org.trefoil.jobs;

import java.util.ArrayList;
import java.util.List;

/** Splits SQL text into statements at semicolons outside quotes and comments. */
final class SqlText {
  private SqlText() {}

  /** The statements of {@code text} without their semicolons; empty ones are left out. */
  static List<String> statements(String text) {
    List<String> statements = new ArrayList<>();
    int start = 0;
    int at = 0;
    boolean content = false;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ';') {
        if (content) {
          statements.add(text.substring(start, at).strip());
        }
        at++;
        start = at;
        content = false;
      } else if (c == '\'' || c == '"' || c == '`') {
        at = afterQuoted(text, at);
        content = true;
      } else if (text.startsWith("--", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", at)) {
        at = afterComment(text, at);
      } else {
        content |= !Character.isWhitespace(c);
        at++;
      }
    }
    if (content) {
      statements.add(text.substring(start).strip());
    }
    return statements;
  }

  private static int afterQuoted(String text, int open) {
    char quote = text.charAt(open);
    int at = open + 1;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\\' && quote != '`') {
        at += 2;
      } else if (c == quote) {
        return at + 1;
      } else {
        at++;
      }
    }
    return text.length();
  }

  /** Bracketed comments nest, as in Spark. */
  private static int afterComment(String text, int open) {
    int depth = 0;
    int at = open;
    while (at < text.length()) {
      if (text.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (text.startsWith("*/", at)) {
        depth--;
        at += 2;
        if (depth == 0) {
          return at;
        }
      } else {
        at++;
      }
    }
    return text.length();
  }
}
