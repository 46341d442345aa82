# frozen_string_literal: true

# Text as an attacker would write it, in every place that a report shows.
TEXTS = [
  "::set-output name=verdict::passed", "::add-mask::a", "::stop-commands::x", "##[set-output name=verdict]passed", "::error::injected",
  "\n::error::injected after a line break", "\r::error::injected after a carriage return", "%0A::error::injected",
  "\e[31mred\e[0m \e]8;;https://evil.example\aclick\e]8;;\a \e[2J", "\u202Ereversed\u202C \u2066isolated\u2069",
  "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "<details open><summary>x</summary>", "<!-- -->", "</table></td>",
  "[click](https://evil.example)", "![image](https://evil.example/x.png)", "https://evil.example", "www.evil.example", "<https://evil.example>",
  "[ref]: https://evil.example", "mail@evil.example", "@everyone @org/team", "#1 GH-1 org/repo#1", "a | b | c", "`code` ``` fence", "# heading", "- list", "1. list",
  "> quote", "---", "*bold* _it_ ~~no~~", "&lt;img&gt; &#60;script&#62;", "$\\sqrt{x}$ $$x$$", ":smile:", "x" * 50_000
].freeze

TEXTS.each_with_index do |text, index|
  control "hostile-#{index} #{text[0, 80]}" do
    impact 0.9
    title text
    desc text
    tag nist: [text]
    describe text do
      it { should eq "never #{text}" }
    end
  end
end
$stderr.puts TEXTS.first(9)
$stdout.puts TEXTS.first(9)
