# frozen_string_literal: true

require_relative "helper"

# Scanner images have Rubies from 2.7 on: what this Ruby takes and 2.7 does not is looked for by name.
class SyntaxTest < TransportTest
  SOURCES = Dir[File.expand_path("../../src/transport/**/*.rb", __dir__)].freeze
  # The `parser` gem knows the grammar of each Ruby.
  GEMS = File.join(File.dirname(Scanner::GEMS), "parser-3.3.7.0")

  def self.grammar
    unless File.directory?("#{GEMS}/gems")
      out, status = Open3.capture2e({ "GEM_HOME" => GEMS }, "gem", "install", "--silent", "--no-document", "parser", "-v", "3.3.7.0")
      raise out unless status.success?
    end
    Dir["#{GEMS}/gems/*/lib"].each { |folder| $LOAD_PATH.unshift(folder) }
    $VERBOSE = nil
    require "parser/ruby27"
    require "parser/ruby34"
    [Parser::Ruby27, Parser::Ruby34]
  end

  def test_every_file_is_ruby_2_7_to_3_4
    assert_operator(SOURCES.size, :>, 30)
    self.class.grammar.each do |grammar|
      SOURCES.each { |path| assert(grammar.parse(File.read(path), path), path) }
    end
  end

  def test_newer_syntax_is_seen
    old, = self.class.grammar
    assert_raises(Parser::SyntaxError) { capture_io { old.parse("def twice(x) = x * 2") } }
  end
end
