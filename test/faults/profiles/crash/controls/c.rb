# frozen_string_literal: true

control 'crash' do
  exit!(3)
end
