// The parser's inside: its cursor over the tokens, its node builders, and one method per piece of
// grammar. The methods are spread over parse_*.cc by meaning.
//
// Failure: fail() records the first error and moves the lexer to the end of the text, where every
// accept() says no. So no method checks for errors: loops end by themselves, and the tree, which
// may be malformed by then, is thrown away. When parsing has failed it runs once more with
// `diagnose`, which collects what would have been accepted at the place of the error; the first,
// usual run pays nothing for good messages.
//
// Threads: a parser belongs to one.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pando/result.h"
#include "router/sql/keywords.h"
#include "router/sql/lexer.h"
#include "router/sql/statement.h"
#include "router/sql/token.h"

namespace pando::sql {

class Parser {
 public:
  // Fills `statement`, which must outlive the parser and is worth nothing after a failure.
  Parser(Statement* statement, std::string text, const ParseOptions& options, bool diagnose);

  // Errors: see parse().
  bool run();
  std::string take_text() { return std::move(s_.text_); }
  Error error();
  bool wants_diagnosis() const { return failed_ && message_.empty(); }

 private:
  // However high max_depth is set, the machine's stack must do.
  static constexpr std::uint32_t kStackDepth = 2000;

  // --- Cursor
  Tok tok() const { return cur_.kind; }
  Tok ahead() const { return next_.kind; }
  std::string_view token_text() const {
    return std::string_view(s_.text_).substr(cur_.begin, cur_.end - cur_.begin);
  }
  void advance() {
    prev_end_ = cur_.end;
    cur_ = next_;
    if (cur_.kind != Tok::kEnd) next_ = lexer_.next(&notes_);
  }
  bool at(Tok kind) {
    if (cur_.kind == kind) return true;
    if (diagnose_) [[unlikely]]
      note(token_name(kind));
    return false;
  }
  bool accept(Tok kind) {
    if (!at(kind)) return false;
    advance();
    return true;
  }
  void expect(Tok kind) {
    if (!accept(kind)) fail_here({});
  }
  // Two keywords in a row.
  bool at2(Tok first, Tok second) { return at(first) && ahead() == second; }
  bool accept2(Tok first, Tok second) {
    if (!at2(first, second)) return false;
    advance();
    advance();
    return true;
  }
  // The word at the cursor, whatever kind it has; ASCII case-insensitive. `word` in small letters.
  bool at_word(std::string_view word);
  bool accept_word(std::string_view word);
  // The kind of the token `n` places ahead (0: the current one). Cost: lexes them again.
  Tok peek(int n) const;

  bool sqlite() const { return sqlite_; }
  // True if the token may stand as a name.
  bool is_name(Tok kind) const {
    const int refused = sqlite_ ? keyword_flag::kS : keyword_flag::kM;
    return (kKeywordFlags[static_cast<std::size_t>(kind)] & refused) == 0;
  }
  // ... also as an alias that has no AS before it.
  bool is_bare_alias(Tok kind) const {
    const int refused =
        sqlite_ ? keyword_flag::kS | keyword_flag::kSa : keyword_flag::kM | keyword_flag::kMa;
    return (kKeywordFlags[static_cast<std::size_t>(kind)] & refused) == 0;
  }
  // Nothing more can follow, and nobody asks what could have: the optional clauses are not tried.
  bool at_end() const { return cur_.kind == Tok::kEnd && !diagnose_; }

  // --- Errors
  void note(std::string_view expected);
  void fail_here(std::string_view expected);
  void fail(ErrorCode code, std::string message, Span span);
  void check_depth();
  void trim(std::uint32_t end, bool semicolon);

  // --- Nodes
  NodeId make(NodeKind kind, std::uint32_t begin) {
    return static_cast<NodeId>(
        s_.nodes_.append(Node{kind, 0, 0, 0, {begin, begin}, kNoNode, kNoNode}));
  }
  NodeId make(NodeKind kind) { return make(kind, cur_.begin); }
  Node& node(NodeId id) { return s_.nodes_[id]; }
  // Until a node is finished its payload holds its last child.
  void append(NodeId parent, NodeId child) {
    if (child == kNoNode) return;
    Node& p = s_.nodes_[parent];
    if (p.child == kNoNode) {
      p.child = child;
    } else {
      s_.nodes_[p.payload].next = child;
    }
    p.payload = child;
  }
  void prepend(NodeId parent, NodeId child) {
    Node& p = s_.nodes_[parent];
    if (p.child == kNoNode) p.payload = child;
    s_.nodes_[child].next = p.child;
    p.child = child;
    p.span.begin = s_.nodes_[child].span.begin;
  }
  NodeId finish(NodeId id) {
    s_.nodes_[id].span.end = prev_end_;
    return id;
  }
  // The current token as a node, and past it.
  NodeId leaf(NodeKind kind) {
    const NodeId id = make(kind);
    advance();
    return finish(id);
  }
  NodeId raw_since(std::uint32_t begin) { return finish(make(NodeKind::kRaw, begin)); }
  // A new parent for `first`, which begins at `begin`.
  NodeId wrap(NodeKind kind, std::uint32_t begin, NodeId first) {
    ++wraps_;
    const NodeId id = make(kind, begin);
    append(id, first);
    return id;
  }
  void count_item(std::uint32_t* n) {
    if (++*n > options_.max_list_items) [[unlikely]]
      fail_items();
  }
  void fail_items();
  bool enter() {
    if (++depth_ > deepest_) deepest_ = depth_;
    if (depth_ <= depth_limit_) [[likely]]
      return true;
    fail_depth();
    return false;
  }
  void fail_depth();
  void leave() { --depth_; }

  struct Guard {
    explicit Guard(Parser* p) : parser(p), ok(p->enter()) {}
    ~Guard() { parser->leave(); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    Parser* parser;
    bool ok;
  };

  // --- Names (parse_names.cc)
  NodeId name();             // kName
  NodeId name_or_string();   // kName, or kLiteral where MySQL allows a string
  NodeId any_word();         // kName, any keyword too
  NodeId table_name();       // kTableName
  NodeId plain_table_ref();  // kTableRef of a kTableName alone
  NodeId column_name();      // kColumn
  NodeId name_list(NodeKind list, NodeKind member);  // in parentheses
  NodeId alias(bool strings);                        // kAlias or none
  NodeId type_name();
  NodeId charset_name();
  void skip_parens();  // From `(` to its `)`, whatever is inside.
  void skip_to_end();  // To the end of the statement; parentheses must balance.
  NodeId raw_to_end();
  void literal_string();

  // --- Expressions (parse_expression.cc, parse_primary.cc, parse_function.cc)
  NodeId expression() { return expression(1); }
  NodeId expression(int min);
  NodeId infix(int min, std::uint32_t begin, NodeId lhs, NodeId* chain);
  NodeId comparison(std::uint32_t begin, NodeId lhs, Operator op, int rhs_min);
  NodeId predicate(std::uint32_t begin, NodeId lhs);
  NodeId is_predicate(std::uint32_t begin, NodeId lhs);
  NodeId in_predicate(std::uint32_t begin, NodeId lhs, bool negated);
  NodeId between_predicate(std::uint32_t begin, NodeId lhs, bool negated);
  NodeId like_predicate(std::uint32_t begin, NodeId lhs, bool negated);
  bool predicate_follows_not() const;
  NodeId primary(int min);
  NodeId unary(Operator op, int operand_min);
  NodeId literal(Literal kind);
  NodeId string_literal();
  NodeId introduced_or_name();
  NodeId temporal_or_name(Tok word);
  NodeId brace_escape();
  NodeId parenthesised(int min);
  NodeId parameter();
  NodeId name_expression();
  NodeId system_variable();
  NodeId case_expression();
  NodeId cast_expression();
  NodeId convert_expression();
  NodeId interval_expression(bool standalone);
  bool interval_is_function() const;
  NodeId interval_unit();
  NodeId match_expression();
  NodeId exists_expression();
  NodeId row_constructor(std::uint32_t begin, bool may_be_empty);
  NodeId subquery();                     // At `(`.
  NodeId function(std::uint32_t begin);  // At the function's name, whole.
  NodeId keyword_function(bool* done);
  void function_arguments(NodeId f);
  void special_arguments(NodeId f, Tok word);
  void argument_list(NodeId f);
  void function_tail(NodeId f);
  NodeId window_spec(NodeKind kind);
  NodeId frame();
  void frame_bound(NodeId f);
  NodeId no_parens_function();

  // --- Queries (parse_query.cc, parse_from.cc)
  bool at_query() const;            // SELECT, WITH, VALUES, TABLE (not `(`).
  bool query_after_parens() const;  // `(` ... `(` then a query.
  NodeId query();                   // With, set operations and their tails.
  NodeId with();
  NodeId cte();
  NodeId query_body(int min);
  NodeId query_operand();
  NodeId query_parens();
  NodeId set_operation_rest(std::uint32_t begin, NodeId left, int min);
  void query_tail(NodeId q);
  NodeId select();
  NodeId select_item();
  NodeId values_query();
  NodeId table_query();
  NodeId from();
  NodeId table_reference();
  NodeId table_reference(std::uint32_t begin, NodeId first);
  NodeId joins_mysql(std::uint32_t begin, NodeId left);
  NodeId joins_sqlite(std::uint32_t begin, NodeId left);
  bool join_operator(JoinKind* kind, bool* natural);
  void join_condition(NodeId join);
  NodeId hang_leftmost(NodeId join, std::uint32_t begin, NodeId left);
  NodeId table_factor();
  NodeId table_parens();
  NodeId derived_tail(NodeId derived);
  NodeId table_function(std::uint32_t begin);
  NodeId json_table(std::uint32_t begin);
  NodeId table_ref();
  void index_hints(NodeId ref);
  NodeId partition_clause();
  NodeId condition_clause(NodeKind kind);  // WHERE, HAVING.
  NodeId where() { return condition_clause(NodeKind::kWhere); }
  NodeId group_by();
  NodeId having() { return condition_clause(NodeKind::kHaving); }
  NodeId order_by();
  NodeId order_item();
  NodeId limit();
  NodeId limit_value();
  NodeId fetch_clause();
  NodeId window_clause();
  NodeId locking();
  NodeId into();
  bool at_into() const;

  // --- Writes (parse_write.cc)
  NodeId insert(NodeId with);
  NodeId replace(NodeId with);
  NodeId insert_rest(std::uint32_t begin, NodeId with, InsertOp op, std::uint16_t flags);
  InsertOp or_action(std::uint16_t* flags);
  NodeId values_list();
  NodeId value_row();
  NodeId set_list();
  NodeId assignment();
  NodeId on_duplicate();
  NodeId upsert();
  NodeId returning();
  NodeId update(NodeId with);
  NodeId delete_statement(NodeId with);
  void delete_targets(NodeId list);

  // --- Schema changes (parse_schema.cc, parse_table_elements.cc, parse_alter.cc)
  NodeId create();
  NodeId create_table(std::uint32_t begin, std::uint16_t flags);
  NodeId create_index(std::uint32_t begin, std::uint16_t flags);
  NodeId table_elements();
  NodeId table_element();
  bool at_table_constraint() const;
  NodeId table_constraint();
  void if_not_exists_flag(NodeId id);
  void conflict_clause();
  NodeId references();
  NodeId column_definition();
  NodeId column_word();
  NodeId constraint(ConstraintKind kind, std::uint32_t begin);
  bool column_attribute(NodeId column);
  bool column_option(NodeId column);
  NodeId generated_column(std::uint32_t begin);
  NodeId key_parts();
  void index_options(NodeId parent);
  NodeId table_options();
  bool table_option(NodeId options);
  NodeId partition_options();
  bool if_exists();
  bool if_not_exists();
  NodeId alter();
  bool at_online(int n) const;
  NodeId alter_table(std::uint32_t begin);
  NodeId action(AlterKind kind, std::uint32_t begin);
  NodeId raw_action(AlterKind kind, std::uint32_t begin);
  NodeId raw_partitioning(std::uint32_t begin);
  void column_position(NodeId action);
  NodeId alter_action();
  NodeId alter_add(std::uint32_t begin);
  NodeId alter_drop(std::uint32_t begin);
  NodeId alter_rename(std::uint32_t begin);
  NodeId alter_column(std::uint32_t begin);
  NodeId alter_option(std::uint32_t begin);
  NodeId drop();
  NodeId truncate();
  NodeId rename_table();

  // --- The session (parse_session.cc)
  NodeId statement();
  NodeId with_statement();
  NodeId begin_statement();
  NodeId commit_or_rollback();
  NodeId savepoint();
  NodeId release();
  NodeId set_statement();
  NodeId set_item(SetScope scope);
  NodeId show();
  NodeId describe();
  NodeId explain();
  NodeId use();
  NodeId pragma();
  NodeId other();
  void skip_compound();

  Statement& s_;
  const ParseOptions& options_;
  Lexer lexer_;
  LexNotes notes_;
  Token cur_;
  Token next_;
  std::uint32_t prev_end_ = 0;
  std::uint32_t depth_ = 0;
  std::uint32_t deepest_ = 0;
  std::uint32_t depth_limit_ = 0;
  std::uint32_t wraps_ = 0;    // Nodes that were put above an earlier one: depth without recursion.
  std::uint32_t star_at_ = 0;  // Where t.* may stand, plus one.
  bool sqlite_;
  bool diagnose_;
  bool failed_ = false;
  bool after_semicolon_ = false;
  ErrorCode code_ = ErrorCode::kSyntax;
  std::string message_;
  Span error_span_;
  Token error_token_;
  std::uint32_t noted_at_ = 0;
  std::vector<std::string_view> noted_;
};

}  // namespace pando::sql
