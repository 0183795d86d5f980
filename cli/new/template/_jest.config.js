export { default } from 'foldstream/jest';
